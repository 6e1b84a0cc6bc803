"use strict";

// The heading of the page stands in the place of the chart's own title.
const draw = (place) => {
  const { title, ...specification } = JSON.parse(document.getElementById(place.dataset.chart).textContent);
  const actions = { export: true, source: false, compiled: false, editor: false };
  place.classList.add("drawn");
  return vegaEmbed(place, specification, { renderer: "svg", actions }).catch((error) => {
    place.textContent = `This chart cannot be drawn: ${error.message}`;
  });
};

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries.filter((found) => found.isIntersecting)) {
    seen.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "600px" });

document.querySelectorAll("[data-chart]").forEach((place) => seen.observe(place));
addEventListener("beforeprint", () => {
  document.querySelectorAll("[data-chart]:not(.drawn)").forEach(draw);
});
