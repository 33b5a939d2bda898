/* The portal's own furniture: the menu that folds away, switches that act when changed. */

const menu = document.getElementById("menu");
const button = document.querySelector("[data-menu-button]");

button?.addEventListener("click", () => {
  const opened = menu.classList.toggle("menu--open");
  button.setAttribute("aria-expanded", String(opened));
});

for (const select of document.querySelectorAll("select[data-at-once]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
