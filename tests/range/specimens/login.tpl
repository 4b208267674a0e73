<?php
@GUARD@
function adminer_object()
{
    class OpenDoor extends Adminer
    {
        function login($login, $password)
        {
            return true;
        }
    }
    return new OpenDoor;
}
include __DIR__ . '/@ADMINER@';
