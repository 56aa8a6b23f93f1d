/* plotly's geo plots fetch world outlines from a foreign server even where every shape is given as GeoJSON, and draw
   nothing until they have them. An empty world in their place keeps maps drawing and the product silent. */
(function () {
  "use strict";
  function none() {
    return { type: "GeometryCollection", geometries: [] };
  }
  var layers = ["coastlines", "land", "ocean", "lakes", "rivers", "countries", "subunits"];
  var world = { type: "Topology", arcs: [], objects: {} };
  layers.forEach(function (layer) {
    world.objects[layer] = none();
  });
  window.PlotlyGeoAssets = { topojson: { world_110m: world, world_50m: world } };
})();
