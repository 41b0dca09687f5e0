/** The paper's one button: without JavaScript the browser's own way to print is there. */
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
