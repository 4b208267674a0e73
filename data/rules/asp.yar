/* Classic ASP and ASPX. Each rule says what it is for and what it must not hit; tests/unit/test_sweep_rules.c holds both. */

/* Must: eval, execute or executeglobal of a field of the request, without a receiver.
 * Must not: conn.Execute(request("sql")), which asks a database. */
rule asp_eval_request
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASP"
        what = "a field of the request is run as code"
    strings:
        $a = /(^|[^.\w"'])(eval|execute|executeglobal)[ \t(]{1,4}(unescape\(|chr\(\d{2,3}\)&|strreverse\(|cstr\(|decrypt\(|decode\(|\w{0,12}\()?[ \t]{0,2}request\b/ nocase
        $b = /(^|[^.\w])(eval|execute|executeglobal)[ \t(]{1,4}session\(/ nocase
        $c = /(eval|execute)\s?\(\s?request\s?(\.\s?(item|form|querystring))?\s?[\[(]/ nocase
        $receiver = /\.\s{0,2}(eval|execute)[ \t(]{1,4}request/ nocase
    condition:
        $a or $b or ($c and not $receiver)
}


/* Must: a page that lists, reads, writes and deletes files it is told. Must not: a page that writes one log. */
rule asp_file_manager
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "ASP"
        what = "a file manager: it lists, reads, writes and deletes what the visitor names"
    strings:
        $fso = "scripting.filesystemobject" nocase
        $stream = "adodb.stream" nocase
        $list = /\.\s?(getfolder|subfolders)\b/ nocase
        $read = /\.\s?(opentextfile|loadfromfile|readall)\b/ nocase
        $write = /\.\s?(createtextfile|savetofile)\b/ nocase
        $delete = /\.\s?(deletefile|deletefolder)\b/ nocase
        $move = /\.\s?(movefile|copyfile|movefolder|copyfolder)\b/ nocase
        $cmd = /cmd\.exe|xp_cmdshell|serv-u|wscript\.shell/ nocase
        $in = /request\s?(\.|\()/ nocase
    condition:
        $in and ($fso or $stream) and $list and $read and $write and $delete and ($move or $cmd) and $cmd
}

/* Must: JScript's eval with "unsafe" over the request. Must not: eval in a page's JavaScript. */
rule aspx_eval_unsafe
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "a field of the request is run as code"
    strings:
        $eval = /\beval\s?\(/ nocase
        $unsafe = /["']un["']?\s?\+?\s?["']?safe["']/ nocase
        $in = /Request\s?(\.|\[|\()/ nocase
    condition:
        all of them
}

/* Must: a process started from the page with text of the visitor. Must not: pages that name System.Diagnostics only. */
rule aspx_process
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "text of the visitor reaches a process that is started"
    strings:
        $start = /ProcessStartInfo|Process\s?\.\s?Start\s?\(|new\s+(System\.Diagnostics\.)?Process\s?\(/ nocase
        $shell = /cmd\.exe|powershell|\/bin\/(ba)?sh|\.FileName\s?=/ nocase
        $in = /Request\s?(\.|\[|\()|\.Text\b|Page_Load/ nocase
    condition:
        all of them
}

/* Must: an assembly loaded from bytes of the request. Must not: Assembly.Load of a name. */
rule aspx_assembly
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "the visitor's bytes are loaded as an assembly"
    strings:
        $load = /Assembly\s?\.\s?Load\s?\(|typeof\s?\(\s?(System\.Reflection\.)?Assembly\s?\)[^;]{0,80}"Load"/
        $in = /Request\s?(\.|\[)/
        $run = /CreateInstance|\.Invoke\s?\(|\.Equals\s?\(/
    condition:
        all of them
}

/* Must: a relay from HTTP to a socket (reGeorg and kin). Must not: a page that opens a socket to a fixed host. */
rule aspx_tunnel
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "a relay: the visitor's bytes go to a host that the visitor names"
    strings:
        $socket = /new\s+(System\.Net\.Sockets\.)?Socket\s?\(/
        $target = /(Headers|QueryString|Params)[^;]{0,40}"(X-TARGET|X-CMD|target|cmd|port)"/ nocase
        $cmd = /"(connect|forward|read|disconnect)"/ nocase
    condition:
        $socket and $target and #cmd > 2
}

/* Must: a file named by the visitor written from the visitor's text. Must not: an upload with a checked name. */
rule aspx_file_writer
{
    meta:
        class = "uploader"
        confidence = "medium"
        language = "ASPX"
        what = "a file named by the visitor is written"
    strings:
        $a = /(new\s+StreamWriter|File\s?\.\s?(CreateText|WriteAllText|WriteAllBytes|Create))\s?\([^;]{0,120}Request/ nocase
        $b = /SaveAs\s?\([^;]{0,160}\.FileName/ nocase
        $page = /<%@/
    condition:
        $page and ($a or $b)
}

/* Must: a file named by the visitor written from the visitor's text. Must not: a page that writes a log of fixed name. */
rule asp_file_writer
{
    meta:
        class = "uploader"
        confidence = "medium"
        language = "ASP"
        what = "a file named by the visitor is written from the visitor's text"
    strings:
        $a = /\.\s?createtextfile\s?\(?\s?request/ nocase
        $b = /savetofile\s?\(?\s?[^\n]{0,40}request/ nocase
    condition:
        any of them
}

/* Must: execute of what a function of the page makes of a constant. Must not: methods of objects; "execute" in text. */
rule asp_execute_decoded
{
    meta:
        class = "packed"
        confidence = "medium"
        language = "ASP"
        what = "what a decoder of the page puts out is run"
    strings:
        $run = /(^|[\r\n:%]|then)\s{0,4}(execute|executeglobal|eval)[ \t(]{1,4}\w{1,30}\s?\(\s?\w{0,30}/ nocase
        $decoder = /(chr|asc|chrw|mid|strreverse|replace|xor)\s?\(/ nocase
    condition:
        $run and #decoder > 2
}

/* Must: JScript that gives eval another name, over the request. Must not: eval in a page's JavaScript. */
rule asp_eval_alias
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "ASP"
        what = "eval under another name gets a field of the request"
    strings:
        $alias = /(:|=|return)\s{0,3}eval\s?[;}\r\n)]/
        $in = /Request\s?(\.|\(|\[)/ nocase
    condition:
        filesize < 8KB and $alias and $in
}

/* Must: a page encoded by VBScript.Encode or JScript.Encode. Must not: the mark in the middle of text. */
rule asp_script_encoder
{
    meta:
        class = "vendor-encoded"
        confidence = "medium"
        language = "ASP"
        name = "Script Encoder"
        what = "encoded by the Windows Script Encoder: what it does isn't read here"
    strings:
        $mark = /#@~\^[A-Za-z0-9+\/]{6}==/
    condition:
        $mark
}


/* Must: the same three words of power in one page: files, programs, and the request. Must not: a page with files alone. */
rule asp_many_powers
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "ASP"
        what = "it has the powers of a shell: files, programs, streams and the server's insides, at the visitor's word"
    strings:
        $a = "wscript.shell" nocase
        $b = "shell.application" nocase
        $c = "adodb.stream" nocase
        $d = /\.\s?deletefile\b/ nocase
        $e = /\.\s?getfolder\b/ nocase
        $f = "cmd.exe" nocase
        $g = "xp_cmdshell" nocase
        $h = "serv-u" nocase
        $i = "wscript.network" nocase
        $j = /\.\s?createtextfile\b/ nocase
        $k = "sp_oacreate" nocase
        $in = /request\s?(\.|\()/ nocase
    condition:
        $in and 5 of ($a, $b, $c, $d, $e, $f, $g, $h, $i, $j, $k)
}

/* Must: eval of the request on a JScript page. Must not: eval in a page's JavaScript. */
rule aspx_eval_request
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "a field of the request is run as code"
    strings:
        $a = /\beval\s?\(\s?Request\s?[.\[(]/
    condition:
        $a
}

/* Must: eval of text put together on a server-side JScript page. Must not: pages in C#. */
rule aspx_eval_built
{
    meta:
        class = "packed"
        confidence = "medium"
        language = "ASPX"
        what = "text that is put together is run as code on a JScript page"
    strings:
        $jscript = /language\s?=\s?["']?jscript/ nocase
        $eval = /\beval\s{0,3}\(/
    condition:
        filesize < 64KB and all of them
}

/* Must: a shell object of Windows in a page, with the request. Must not: pages without either. */
rule aspx_shell_object
{
    meta:
        class = "shell"
        confidence = "high"
        language = "ASPX"
        what = "a field of the request reaches a command line"
    strings:
        $a = /"WScript\.Shell"\s?\)\s?\.\s?(exec|run)\s?\(\s?Request/ nocase
    condition:
        $a
}

/* Must: an upload kept where the request says. Must not: an upload with a name of the page's own. */
rule aspx_upload_named
{
    meta:
        class = "uploader"
        confidence = "medium"
        language = "ASPX"
        what = "an upload is kept where the visitor says"
    strings:
        $a = /\.SaveAs\s?\(\s?(Server\s?\.\s?MapPath\s?\(\s?)?Request/ nocase
        $b = /StreamWriter\s?\(\s?(Server\s?\.\s?MapPath\s?\(\s?)?(Request|\w{1,12}\.Text)/ nocase
        $c = /File\s?\.\s?(WriteAllText|WriteAllBytes|AppendAllText)\s?\(\s?(Server\s?\.\s?MapPath\s?\(\s?)?(Request|\w{1,12}\.Text)/ nocase
    condition:
        any of them
}

/* Must: a handler that writes a script whose text is itself a shell. Must not: a handler that writes other files. */
rule aspx_dropper
{
    meta:
        class = "shell"
        confidence = "medium"
        language = "ASPX"
        what = "it writes a script that is itself a shell"
    strings:
        $write = /(CreateText|StreamWriter|WriteAllText)\s?\([^;]{0,80}\.(asp|aspx|ashx|asa|cer|php)"/ nocase
        $text = /<%[^;]{0,24}(execute|eval|request)/ nocase
    condition:
        all of them
}

/* Must: the commands by which the administrator of a Serv-U on this machine makes an account. Must not: a page that names Serv-U. */
rule asp_servu
{
    meta:
        class = "tool"
        confidence = "medium"
        language = "ASP"
        what = "it speaks to the administration of an FTP server on this machine, to make an account there"
    strings:
        $maintenance = "SITE MAINTENANCE" nocase
        $domain = "-SETDOMAIN" nocase
        $account = "-SETUSERSETUP" nocase
    condition:
        $maintenance and ($domain or $account)
}
