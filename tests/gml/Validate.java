import java.io.File;
import java.nio.file.Path;
import javax.xml.XMLConstants;
import javax.xml.catalog.CatalogFeatures;
import javax.xml.catalog.CatalogManager;
import javax.xml.catalog.CatalogResolver;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;
import org.xml.sax.SAXException;

/** Says of each file whether javax.xml.validation finds it valid; schemas come from a catalog, nothing is fetched. */
public class Validate {
    private static final String[] SCHEMAS = {
        "https://inspire.ec.europa.eu/schemas/plu/4.0/PlannedLandUse.xsd",
        "http://schemas.opengis.net/gml/3.2.1/gml.xsd",
        "http://schemas.opengis.net/wfs/2.0/wfs.xsd",
    };

    public static void main(String[] arguments) throws Exception {
        CatalogFeatures features =
            CatalogFeatures.builder().with(CatalogFeatures.Feature.RESOLVE, "continue").build();
        CatalogResolver resolver = CatalogManager.catalogResolver(features, Path.of(arguments[0]).toUri());
        SchemaFactory factory = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI);
        factory.setProperty(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "file");
        factory.setResourceResolver(resolver);
        Source[] sources = new Source[SCHEMAS.length];
        for (int i = 0; i < SCHEMAS.length; i++) {
            sources[i] = (Source) resolver.resolve(SCHEMAS[i], "");
        }
        Schema schema = factory.newSchema(sources);
        for (int i = 1; i < arguments.length; i++) {
            String verdict = "valid";
            try {
                schema.newValidator().validate(new StreamSource(new File(arguments[i])));
            } catch (SAXException fault) {
                verdict = "invalid " + fault.getMessage();
            }
            System.out.println(verdict.replace('\n', ' '));
        }
    }
}
