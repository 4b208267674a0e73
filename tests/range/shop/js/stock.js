// Shows on a product page how many are left.
(function () {
  var place = document.querySelector('[data-stock]');
  if (!place) { return; }
  fetch('/api/stock.php?id=' + encodeURIComponent(place.dataset.stock))
    .then(function (answer) { return answer.json(); })
    .then(function (product) {
      place.textContent = product.stock > 0 ? product.stock + ' in stock' : 'sold out';
    });
})();
