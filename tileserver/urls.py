"""Addresses of the tiles, below ``/tiles/``."""

from django.urls import path

from tileserver import views

app_name = "tiles"
urlpatterns = [
    path("style.json", views.style, name="style"),
    path("in-view.json", views.in_view, name="in_view"),
    path("background/<slug:name>/<int:z>/<int:x>/<int:y>", views.background, name="background"),
    path("hillshade/<int:z>/<int:x>/<int:y>.png", views.hillshade, name="hillshade"),
    path("<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", views.tile, name="tile"),
]
