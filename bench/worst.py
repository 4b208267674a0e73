"""Files of a megabyte that are meant to cost a lexer, an analyser or a rule engine more than their size: made on the spot, never kept.

  bench/worst.py DIR          writes them all into DIR
  bench/worst.py DIR NAME...  those whose name contains one of NAME

Each is text repeated, or counted up, until a megabyte is full; its ending says who reads it. None of them does anything when run."""
import io
import pathlib
import sys
import zipfile

MEGABYTE = 1 << 20


def again(text, head="", tail=""):
    """head, then text as often as it fits into a megabyte, then tail."""
    room = MEGABYTE - len(head) - len(tail)
    return (head + text * (room // len(text) + 1))[:MEGABYTE - len(tail)] + tail


def counted(form, head="", tail=""):
    """The same with a number in each: form.format(0), form.format(1) ..."""
    parts, room, number = [head], MEGABYTE - len(head) - len(tail), 0
    while room > 0:
        part = form.replace("#", str(number))
        parts.append(part)
        room -= len(part)
        number += 1
    return ("".join(parts))[:MEGABYTE - len(tail)] + tail


def php():
    open_php = "<?php\n"
    cases = {
        "brackets": again("(", open_php), "brackets-square": again("[", open_php), "braces": again("{", open_php),
        "brackets-shut": again(")", open_php), "brackets-pairs": again("()", open_php), "brackets-mixed": again("([{", open_php),
        "braces-mixed-shut": again("{(}", open_php), "brackets-half": again("(", open_php)[:MEGABYTE // 2] + again(")")[:MEGABYTE // 2],
        "double-quotes": again('"', open_php), "single-quotes": again("'", open_php), "backticks": again("`", open_php),
        "backslashes": again("\\", open_php), "escaped-quotes": again('\\"', open_php + '"'), "hex-escapes": again("\\x41", open_php + '"', '";'),
        "comments": again("/**/", open_php), "comment-open": again("/*", open_php), "hashes": again("#\n", open_php),
        "slashes": again("/", open_php), "stars": again("*", open_php), "tags-open": again("<?"), "tags-php": again("<?php "),
        "tags-echo": again("<?="), "tags-turns": again("<?php ?>"), "tags-shut": again("?>", open_php), "angles": again("<"),
        "script-tags": again("<script"), "script-tags-php": again("<script language=php>"), "jsp-tags": again("<jsp:"),
        "variables": again("$a", open_php), "dollars": again("$", open_php), "variables-of-variables": again("$$a;", open_php),
        "templates": again('"{$a[', open_php), "templates-dollar": again('"${', open_php), "templates-flat": again("{$a}", open_php + '"', '";'),
        "heredocs": again("<<<A\n", open_php), "heredocs-own": counted("<<<A#\n", open_php), "heredocs-shut": again("<<<A\nx\nA;\n", open_php),
        "heredoc-no-end": again("\nB", open_php + "$a=<<<A\n"), "nowdocs": again("<<<'A'\n", open_php),
        "functions": counted("function f#(){return $_GET[1];}\n", open_php),
        "functions-calling": counted("function f#($a){return f#($a);}\n", open_php),
        "functions-chain": counted("function f#($a){return f1#($a);}\n", open_php, "f0($_GET[1]);"),
        "functions-called": counted("function f#($a){return $a;} f#($_GET[1]);\n", open_php),
        "functions-back": counted("f#($_GET[1]);function f#($a){system($a);}\n", open_php),
        "function-one-called": again("f($_GET[1]);\n", open_php + "function f($a){$b=$a;$c=$b;return $c;}\n"),
        "function-long-called": open_php + "function f($a){" + "$b=$a.$b;" * 50000 + "}" + "f($_GET[1]);" * 40000,
        "functions-nested": counted("function f#(){", open_php), "closures-nested": again("function(){return ", open_php + "$a="),
        "arrows-nested": again("fn($a)=>", open_php + "$a="), "classes": counted("class C#{function m(){return $this->m();}}\n", open_php),
        "methods-one-name": again("function m($a){return $this->m($a);}\n", open_php + "class C{"),
        "methods-of-many": counted("class C#{function m($a){return $a;}}$x->m($_GET[1]);\n", open_php),
        "calls-in-calls": again("f(", open_php), "calls-strrev": again("strrev(", open_php),
        "calls-base64": again("base64_decode(", open_php), "calls-str-replace": again("str_replace('a','b',", open_php),
        "calls-str-replace-flat": again("$a=str_replace('a','ab',$a);\n", open_php + "$a='aaaa';\n"),
        "calls-methods": again("->a()", open_php + "$a"), "calls-arrows": again("->a", open_php + "$a"), "calls-static": again("A::", open_php),
        "calls-dynamic": again("$a($b);", open_php), "calls-array-map": again("array_map('f',", open_php),
        "calls-system": again("system($a);", open_php), "calls-eval": again("eval($a);", open_php),
        "calls-eval-text": again("eval('$a=1;');", open_php), "calls-eval-nested": again("eval(", open_php),
        "calls-include": again("include $a;", open_php), "calls-chr": again("chr(65).", open_php + "$a=", "'';"),
        "calls-preg": again("preg_replace('/a/e',$a,$b);", open_php), "calls-extract": again("extract($_GET);", open_php),
        "concat": again("'a'.", open_php + "$a=", "'b';"), "concat-variables": again("$a.", open_php + "$a=", "$b;"),
        "concat-steps": again("$a.='b';", open_php), "concat-doubling": again("$a=$a.$a;", open_php + "$a='aa';"),
        "concat-names": counted("$a#='s';$a=$a.$a#;\n", open_php), "concat-input": again("$a.=$_GET['b'];", open_php),
        "sums": again("1+", open_php + "$a=", "1;"), "minus": again("-", open_php + "$a=", "1;"), "nots": again("!", open_php + "$a=", "1;"),
        "ats": again("@", open_php + "$a=", "1;"), "casts": again("(int)", open_php + "$a=", "1;"), "ands": again("&", open_php + "$a=", "$b;"),
        "xors": again("'a'^", open_php + "$a=", "'b';"), "ternaries": again("$a?", open_php), "ternaries-right": again("$a?1:", open_php, "1;"),
        "coalesces": again("$a??", open_php, "1;"), "assigns": again("$a=", open_php, "1;"), "commas": again(",", open_php), "dots": again(".", open_php),
        "semicolons": again(";", open_php), "colons": again(":", open_php), "questions": again("?", open_php), "equals": again("=", open_php),
        "arrays": again("[1,", open_php + "$a="), "arrays-words": again("array(", open_php + "$a="), "array-flat": again("'a',", open_php + "$a=[", "1];"),
        "array-keys": counted("'k#'=>$_GET[#],", open_php + "$a=[", "];"), "array-elements": counted("$a[#]='x';", open_php),
        "array-index": again("[$a", open_php + "$a"), "array-index-flat": again("[1]", open_php + "$a"),
        "variables-many": counted("$v#=$_GET[#];", open_php), "variables-chain": counted("$v1#=$v#;", open_php + "$v0=$_GET[1];"),
        "variables-named": counted("${'v#'}=$_GET[1];", open_php), "globals": counted("$GLOBALS['v#']='a';", open_php),
        "fields": counted("$_POST['f#'];", open_php), "fields-one": again("$_POST['f'];", open_php),
        "form-fields": counted("<input name=\"f#\">\n", "<form>", "<?php echo $_POST['f1'];system($_POST['f2']);"),
        "form-name": again('name="a" ', "<form><input ", ">"), "form-name-php": again("name=", "<?php system($_POST['a']);?><form>"),
        "entities": again("&lt;"), "entities-php": again("&#60;?php ", "<?php ?>"),
        "loops": again("for($i=0;$i<99;$i++){$a.='b';}\n", open_php), "loops-nested": again("for($i=0;$i<9;$i++){", open_php),
        "loops-while": again("while(1){", open_php), "loops-foreach": again("foreach($a as $b){", open_php),
        "loops-big": open_php + "for($i=0;$i<1000000;$i++){$a.=chr($i);}\n" * 20000, "loops-do": again("do{", open_php),
        "loop-over-text": again("a", open_php + "$a='", "';$b='';for($i=0;$i<strlen($a);$i++){$b.=chr(ord($a[$i])^1);}eval($b);"),
        "ifs": again("if($a)", open_php, ";"), "ifs-braces": again("if($a){", open_php), "elses": again("else ", open_php, ";"),
        "elseifs": again("elseif($a){$b=$_GET[1];}", open_php + "if(1){}"), "ifs-flat": again("if($a){$b=$_GET[1];}else{$b=1;}", open_php),
        "switches": again("switch($a){case 1:", open_php), "cases": counted("case #:$b=$_GET[1];", open_php + "switch($a){"),
        "tries": again("try{", open_php), "catches": again("catch(E $e){}", open_php + "try{}"), "gotos": counted("goto l#;l#:", open_php),
        "names": again("a ", open_php), "name-long": again("a", open_php), "digits": again("1", open_php), "digits-words": again("1 ", open_php),
        "text-base64": again("QUFB", open_php + "$a='", "';eval(base64_decode($a));"), "text-hex": again("\\x65", open_php + '$a="', '";eval($a);'),
        "text-base64-nested": again("ZXZhbChiYXNlNjRfZGVjb2RlKCJa", open_php + "eval(base64_decode('", "'));"),
        "text-high": again("\u00e9", open_php + "$a='", "';")[:MEGABYTE // 2], "text-urls": again("%65", open_php + "$a=urldecode('", "');eval($a);"),
        "text-explode": again("a,", open_php + "$a=explode(',','", "');eval($a[1].$a[2]);"), "texts": again("'ab';", open_php),
        "text-calls": again("'system'($_GET[1]);", open_php), "docs": again("/** a */ ", open_php), "attributes": again("#[A(", open_php),
        "spaces": again(" ", open_php), "lines": again("\n", open_php), "nuls": again("\0", open_php), "returns": again("\r", open_php),
        "namespaces": again("\\a", open_php), "uses": counted("use A\\B#;", open_php), "news": again("new ", open_php), "lists": again("list(", open_php),
        "echos": again("echo ", open_php), "prints": again("print ", open_php, "1;"), "throws": again("throw ", open_php), "clones": again("clone ", open_php),
        "statics": again("static $a=1;", open_php), "uploads": again("move_uploaded_file($_FILES['a']['tmp_name'],$b);", open_php),
        "compact": again("compact('a',", open_php), "sprintf": again("sprintf('%s',", open_php), "implode": again("implode('',[", open_php),
        "callbacks": counted("register_shutdown_function('f#');function f#(){}", open_php), "halt": again("__halt_compiler();", open_php),
        "phar": again("\0", open_php + "__HALT_COMPILER(); ?>\r\n\xff\xff\xff\x0f\xff\xff\xff\xff"),
        "html": again("<p>text</p>\n", "<?php echo 1;?>"), "adminer": again("adminer_version adminer_sid ", open_php + "/** Adminer "),
        "versions": again('$VERSION="', open_php), "version-numbers": again("VERSION=4.8.1 ", open_php), "dmin": again("dmin", open_php),
        "lzw": again("lzw_decompress(\"", open_php), "php-config": again("define('A', 'b');\n", open_php),
    }
    return {f"php-{name}.php": text for name, text in cases.items()}


def pages():
    out = {}
    curly = {
        "brackets": again("("), "square": again("["), "braces": again("{"), "pairs": again("()"), "mixed": again("([{"), "shut": again(")"),
        "half": again("(")[:MEGABYTE // 2] + again(")")[:MEGABYTE // 2], "quotes": again('"'), "single-quotes": again("'"), "backslashes": again("\\"),
        "escapes": again("\\u0041", '"', '"'), "comments": again("/**/"), "comment-open": again("/*"), "slashes": again("/ "), "lines": again("\n"),
        "functions": counted("void f#(String a){f#(a);}\n"), "functions-chain": counted("String f#(String a){return f1#(a);}\n"),
        "functions-called": counted("String f#(String a){return a;}String v#=f#(request.getParameter(\"a\"));\n"),
        "methods-one-name": again("String m(String a){return m(a);}\n"), "classes": counted("class C#{void m(){}}\n"), "classes-nested": counted("class C#{"),
        "calls": again("f("), "calls-methods": again(".a()", "a"), "calls-exec": again("Runtime.getRuntime().exec(request.getParameter(\"a\"));"),
        "dots": again(".a", "a"), "concat": again('"a"+', 'String a=', '"b";'), "concat-steps": again('a+="b";', 'String a="";'),
        "variables": counted('String v#=request.getParameter("a#");'), "variables-chain": counted("v1#=v#;", 'v0=request.getParameter("a");'),
        "assigns": again("a=", "", "1;"), "sums": again("1+", "a=", "1;"), "nots": again("!", "a=", "1;"), "minus": again("- ", "a=", "1;"), "casts": again("(String)", "a=", "b;"),
        "ternaries": again("a?"), "ternaries-right": again("a?1:"), "ifs": again("if(a)"), "ifs-braces": again("if(a){"), "ifs-flat": again('if(a){b=request.getParameter("a");}else{b=1;}'),
        "loops": again("for(int i=0;i<9;i++){a+=i;}"), "loops-nested": again("for(;;){"), "whiles": again("while(a){"), "tries": again("try{"), "semicolons": again(";"),
        "commas": again(","), "lambdas": again("a->"), "lambdas-fat": again("a=>"), "generics": again("A<"), "generics-shut": again("A<B>"), "news": again("new A("),
        "arrays": again("{1,", "int[] a="), "index": again("a[", "a="), "names": again("a "), "name-long": again("a"), "digits": again("1"), "ats": again("@A "),
        "text-base64": again("QUFB", 'String a="', '";'), "texts": again('"a";'), "text-blocks": again('"""'), "interpolated": again('$"{'), "interpolated-flat": again("{a}", '$"', '"'),
        "backticks": again("`${"), "regexes": again("/a[/"), "verbatim": again('@""'), "switch": again("switch(a){case 1:"), "colons": again("a:"), "strings-doubled": again('""', '@"', '"'),
        "pluses": again("+"), "equals": again("="), "angles": again("<"), "percents": again("% "), "replace": again('.replace("a","b")', 'a="x"'),
    }
    for name, text in curly.items():
        out[f"jsp-{name}.jsp"] = "<% " + text[:MEGABYTE - 6] + " %>"
        out[f"aspx-{name}.aspx"] = ('<%@ Page Language="C#" %><% ' + text)[:MEGABYTE - 3] + " %>"
        out[f"jscript-{name}.asp"] = ('<%@ Language="JScript" %><% ' + text)[:MEGABYTE - 3] + " %>"
    vb = {
        "brackets": again("("), "square": again("["), "pairs": again("()"), "shut": again(")"), "quotes": again('"'), "doubled": again('""', '"', '"'), "comments": again("'\n"), "rems": again("rem\n"),
        "lines": again("\n"), "colons": again(":"), "continuations": again("a _\n"), "underscores": again("_ "), "underscore-spaces": again(" ", "a _"), "underscores-bare": again("_ \n"),
        "functions": counted("Function f#(a)\nf#=a\nEnd Function\n"), "functions-open": counted("Function f#(a)\n"), "functions-called": counted("Function f#(a)\nf#=a\nEnd Function\nx=f#(Request(\"a\"))\n"),
        "functions-chain": counted("Function f#(a)\nf#=f1#(a)\nEnd Function\n"),
        "methods-one-name": again("Function m(a)\nm=m(a)\nEnd Function\n"), "subs": counted("Sub s#\ns#\nEnd Sub\n"), "classes": counted("Class C#\nEnd Class\n"),
        "calls": again("f("), "calls-methods": again(".a()", "a"), "calls-eval": again('eval(request("a")):'), "calls-execute": again('execute(request("a")):'),
        "dots": again(".a", "a"), "concat": again('"a"&', "a=", '"b"'), "concat-steps": again('a=a&"b"\n'), "concat-chr": again("chr(65)&", "a=", '""'), "doubling": again("a=a&a\n", 'a="aa"\n'),
        "variables": counted('v#=request("a#")\n'), "variables-chain": counted("v1#=v#\n", 'v0=request("a")\n'), "dims": counted("Dim v#\n"), "equals": again("="), "assigns": again("a=", "", "1"),
        "ifs": again("if a then "), "ifs-lines": again("if a then\n"), "ifs-flat": again('if a then\nb=request("a")\nelse\nb=1\nend if\n'), "elseifs": again("elseif a then\n", "if a then\n"),
        "loops": again("for i=0 to 9\na=a&i\nnext\n"), "loops-open": again("for i=0 to 9\n"), "dos": again("do\n"), "whiles": again("while a\n"), "selects": again("select case a\n"), "withs": again("with a\n"),
        "ands": again("&"), "hexes": again("&H41 "), "hashes": again("#"), "dates": again("#a#"), "nots": again("not ", "a=", "1"), "minus": again("-", "a=", "1"), "sums": again("1+", "a=", "1"),
        "names": again("a "), "name-long": again("a"), "digits": again("1"), "texts": again('"a"\n'), "commas": again(","), "replace": again("replace(", "a="), "replace-flat": again('a=replace(a,"a","ab")\n', 'a="aaaa"\n'),
        "split": again("a,", 'a=split("', '",",")\nexecute(a(1))'), "strreverse": again("strreverse("), "sets": again('set a=server.createobject("wscript.shell")\n'), "spaces": again(" "), "curly": again("\u201c")[:MEGABYTE // 3],
        "on-errors": again("on error resume next\n"), "exits": again("exit function\n"), "gt": again("<>"), "encoded": again("#@~^AAAAAA==", ""), "redims": again("redim a(9)\n"),
    }
    for name, text in vb.items():
        out[f"asp-{name}.asp"] = "<% " + text[:MEGABYTE - 6] + " %>"
        out[f"vbnet-{name}.aspx"] = ('<%@ Page Language="VB" %><script runat="server">' + text)[:MEGABYTE - 9] + "</script>"
    plain = {
        "percents": again("<%"), "percents-pairs": again("<%%>"), "percents-echo": again("<%=a%>"), "percents-shut": again("%>", "<%"), "percents-notes": again("<%--"), "percents-notes-pairs": again("<%----%>"),
        "directives": again("<%@ "), "directives-long": again("<%@ page import=\"java"), "directives-same": again('<%@ Page Language="C#" %>'), "includes": again('<!--#include file="a"-->'), "notes": again("<!--"),
        "scripts": again("<script runat=server>"), "scripts-open": again("<script "), "scripts-pairs": again("<script runat=server></script>"), "scripts-shut": again("</script>", "<script runat=server>"),
        "jsp-tags": again("<jsp:scriptlet>"), "jsp-pairs": again("<jsp:scriptlet></jsp:scriptlet>"), "jsp-open": again("<jsp:"), "cdata": again("<![CDATA[", "<jsp:scriptlet>"), "entities": again("&lt;", "<jsp:scriptlet>", "</jsp:scriptlet>"),
        "entities-numbered": again("&#60;", "<jsp:scriptlet>", "</jsp:scriptlet>"), "ampersands": again("&", "<jsp:scriptlet>", "</jsp:scriptlet>"), "controls": counted('<asp:TextBox id="t#" runat="server"/>'),
        "controls-one": again('<asp:TextBox id="t" runat="server"/>'), "inputs": counted('<input name="f#">', "<% a=request(\"f1\") %>"), "names": again("name=", "<% a %>"), "names-quoted": again('name="a" ', "<% a %>"), "names-open": again('name="', "<% a %>"),
        "angles": again("<", "<% a %>"), "el": again("${a}", "<% a %>"), "el-open": again("${", "<% a %>"), "databind": again("<%# a %>"), "quotes": again('"', "<script runat=server "), "elements": again("<a b='", "<% a %>"), "ids": again("id=", "<% a %>"),
        "html": again("<p>text</p>\n", "<% a %>"), "runats": again(" runat=", "<a", ">"), "runat-elements": again("<a runat=server>"), "languages": again("language=", "<script "),
        "encoded": again("#@~^", "<% "), "encoded-long": again("A", '<%@ Language=VBScript.Encode %><% #@~^////Pw==', "==^#~@ %>"), "encoded-many": again('#@~^AwAAAA==AAAAAA==^#~@', "<% ", " %>"),
    }
    for name, text in plain.items():
        for ending in ("jsp", "asp", "aspx", "ashx", "jspx"):
            out[f"page-{name}.{ending}"] = text
    return out


def others():
    def zipped(entries):
        room = io.BytesIO()
        with zipfile.ZipFile(room, "w", zipfile.ZIP_STORED) as archive:
            for name, text in entries:
                archive.writestr(name, text)
        return room.getvalue()
    made = {
        "htaccess-lines": again("AddType a .b\n"), "htaccess-set": again("SetHandler application/x-httpd-php\n"), "htaccess-files": again("<Files a>\n"), "htaccess-continued": again("\\\n"), "htaccess-quotes": again('"'),
        "htaccess-prepend": again("php_value auto_prepend_file a\n"), "htaccess-match": again('<FilesMatch "\\.(php|jpg)$">\n'), "htaccess-spaces": again(" "), "htaccess-rewrite": again("RewriteRule a b\n"), "htaccess-shell": again("#<?php ", "SetHandler x\n"),
        "htaccess-endings": again(".a ", "AddHandler php-script "),
    }
    out = {f"{name}/.htaccess": text for name, text in made.items()}
    for name, text in {"open": again("<a>"), "handlers": again('<add name="a" path="*.jpg" verb="*" type="b"/>', "<configuration><system.webServer><handlers>"), "angles": again("<"), "quotes": again('"', "<a b="), "notes": again("<!--"),
                       "attributes": counted(' a#="b"', "<a", "/>"), "percents": again("<%", "<configuration>"), "entities": again("&lt;", "<configuration>"), "servlets": again("<servlet><servlet-name>a</servlet-name></servlet>")}.items():
        out[f"webconfig-{name}/web.config"] = text
        out[f"webxml-{name}/web.xml"] = text
    for name, text in {"prepend": again("auto_prepend_file=a\n"), "equals": again("="), "lines": again("\n"), "sections": again("[a]\n"), "quotes": again('"'), "notes": again(";\n")}.items():
        out[f"userini-{name}/.user.ini"] = text
    for name, text in {"tags.txt": again("<?"), "percents.txt": again("<%"), "angles.txt": again("<"), "scripts.txt": again("<script"), "percents-words.txt": again("<% createobject ("), "scripts-gt.html": again("<script>"), "php.js": again("<?php "),
                       "tags.html": again("<% "), "binary.jpg": again("<?", "\xff\xd8\xff\0"), "binary-php.gif": again("<?php ", "GIF89a\0"), "binary-equals.png": again("<?=", "\x89PNG\r\n\0"), "xml.svg": again("<?xml "), "jsp.html": again("<jsp:")}.items():
        out[f"other-{name}"] = text
    out["zip-many.zip"] = zipped((f"{number}.php", "<?php a();") for number in range(8000))
    out["zip-names.zip"] = zipped((("a/" * 200) + f"{number}.txt", "") for number in range(1000))
    out["zip-brackets.zip"] = zipped([("a.php", again("(", "<?php ")[:MEGABYTE - 300])])
    out["zip-brackets.jar"] = zipped([("a.jsp", "<% " + again("(")[:MEGABYTE - 300])])
    out["zip-heads.zip"] = "PK\x03\x04" * (MEGABYTE // 4)
    out["zip-ends.zip"] = "PK\x03\x04" + "PK\x05\x06" * (MEGABYTE // 4)
    out["phar-heads.phar"] = again("__HALT_COMPILER();", "<?php ")
    out["phar-many.phar"] = b"<?php __HALT_COMPILER(); ?>\r\n" + (MEGABYTE - 64).to_bytes(4, "little") + (40000).to_bytes(4, "little") + b"\x11\0\0\0\x01\0" + b"\0" * 8 + (
        b"\x01\0\0\0a" + b"\0" * 24) * 36000
    return out


def cases():
    """Every file by its path: str and bytes mixed; text is written as Latin-1 where it can be, else as UTF-8."""
    return {**php(), **pages(), **others()}


ASKED = 0.05  # seconds of processor time that a megabyte may cost

# The bounds that tests hold the cases to, by how a name begins: above the slowest of each group, so that it gets no worse and a busy machine
# does not fail it. Many of a group are under ASKED already; a group comes off this list when all of it is.
SLOWER = (("php-calls-eval-nested", 4.0), ("php-calls-eval", 0.4), ("php-", 0.3), ("asp-loops.", 0.6), ("vbnet-loops.", 0.6), ("asp-", 0.5), ("jsp-", 0.5),
          ("aspx-", 0.5), ("jscript-", 0.5), ("vbnet-", 0.5), ("page-", 0.4), ("zip-", 0.8), ("other-", 0.3), ("web", 0.3), ("htaccess", 0.3), ("userini", 0.3), ("phar", 0.3))


def known_slow(path):
    """The bound of one case, in seconds."""
    return next((seconds for name, seconds in SLOWER if path.startswith(name)), ASKED)


def write(folder, path, text):
    place = pathlib.Path(folder, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(text, str):
        try:
            text = text.encode("latin-1")
        except UnicodeEncodeError:
            text = text.encode()
    place.write_bytes(text[:MEGABYTE])
    return place


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for path, text in cases().items():
        if len(sys.argv) == 2 or any(name in path for name in sys.argv[2:]):
            write(sys.argv[1], path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
