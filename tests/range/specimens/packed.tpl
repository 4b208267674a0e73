<?php
eval(gzinflate(base64_decode('@PACKED plain@')));
