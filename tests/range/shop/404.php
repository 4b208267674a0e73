<?php
require __DIR__ . '/lib/bootstrap.php';

not_found();
