// Opens the menu on narrow screens.
(function () {
  var button = document.querySelector('[data-menu]');
  if (!button) { return; }
  button.addEventListener('click', function () {
    document.querySelector('header.shop').classList.toggle('open');
  });
})();
