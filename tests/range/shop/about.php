<?php
require __DIR__ . '/lib/bootstrap.php';

page('about', ['title' => 'About us', 'since' => 2019]);
