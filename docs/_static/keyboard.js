// What scrolls can be reached by keyboard, and the headings of the menu say their level to screen readers.
addEventListener("DOMContentLoaded", () => {
  const reachable = () => document.querySelectorAll("pre, article table.docutils").forEach((box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  document.querySelectorAll("[role=heading]:not([aria-level])").forEach((title) => title.setAttribute("aria-level", "2"));
  reachable();
  addEventListener("resize", reachable);
});
