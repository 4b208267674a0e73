<h1>About us</h1>
<p>Since <?= (int) $since ?> we sell what we use at home ourselves: bowls, lamps, blankets, brushes.
We pack every parcel by hand, and we repair what we sold.</p>
