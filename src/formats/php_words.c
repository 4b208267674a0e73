/* One line a word; a list that grows by a line. */
#include <stdlib.h>

#include "base/str.h"
#include "formats/php_words.h"

#include "base/banned.h"

enum { SLOTS = 2048, NAME_MAX_BYTES = 40 };

/* clang-format off */
static const struct php_word table[] = {
    {"__halt_compiler", PHP_KEYWORD, KW_HALT, 0},
    {"abs", PHP_FOLD, FO_FLOOR, 0},
    {"abstract", PHP_KEYWORD, KW_MODIFIER, 0},
    {"addslashes", PHP_PASS, 0, 0},
    {"and", PHP_KEYWORD, KW_AND, 0},
    {"apache_getenv", PHP_SOURCE, 0, GATE_INPUT},
    {"apache_request_headers", PHP_SOURCE, 0, GATE_INPUT},
    {"array", PHP_KEYWORD, KW_ARRAY, 0},
    {"array_change_key_case", PHP_PASS, 0, 0},
    {"array_chunk", PHP_PASS, 0, 0},
    {"array_column", PHP_PASS, 0, 0},
    {"array_combine", PHP_PASS, 0, 0},
    {"array_diff", PHP_FOLD, FO_ARRAY_DIFF, 0},
    {"array_diff_uassoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_diff_ukey", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_fill", PHP_PASS, 0, 0},
    {"array_filter", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"array_flip", PHP_FOLD, FO_ARRAY_FLIP, 0},
    {"array_intersect", PHP_PASS, 0, 0},
    {"array_intersect_uassoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_intersect_ukey", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_key_exists", PHP_GUARD, 0, 0},
    {"array_keys", PHP_FOLD, FO_ARRAY_KEYS, 0},
    {"array_map", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"array_merge", PHP_FOLD, FO_ARRAY_MERGE, 0},
    {"array_pad", PHP_PASS, 0, 0},
    {"array_pop", PHP_FOLD, FO_ARRAY_POP, 0},
    {"array_push", PHP_PASS, 0, 0},
    {"array_rand", PHP_PASS, 0, 0},
    {"array_reduce", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"array_reverse", PHP_FOLD, FO_ARRAY_REVERSE, 0},
    {"array_search", PHP_GUARD, 0, 0},
    {"array_shift", PHP_FOLD, FO_ARRAY_SHIFT, 0},
    {"array_slice", PHP_FOLD, FO_ARRAY_SLICE, 0},
    {"array_splice", PHP_PASS, 0, 0},
    {"array_udiff", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_udiff_assoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_udiff_uassoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_uintersect", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_uintersect_assoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_uintersect_uassoc", PHP_CALLBACK, PHP_CB(14, 15), GATE_CALLBACK},
    {"array_unique", PHP_PASS, 0, 0},
    {"array_unshift", PHP_PASS, 0, 0},
    {"array_values", PHP_FOLD, FO_ARRAY_VALUES, 0},
    {"array_walk", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"array_walk_recursive", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"arrayiterator", PHP_PLAIN, 0, GATE_CALLBACK},
    {"arrayobject", PHP_PLAIN, 0, GATE_CALLBACK},
    {"as", PHP_KEYWORD, KW_AS, 0},
    {"assert", PHP_CODE, 0, GATE_SINK},
    {"base64_decode", PHP_FOLD, FO_BASE64, GATE_DECODER},
    {"base64_encode", PHP_FOLD, FO_BASE64_ENCODE, 0},
    {"base_convert", PHP_FOLD, FO_BASE_CONVERT, 0},
    {"basename", PHP_PASS, 0, 0},
    {"bin2hex", PHP_FOLD, FO_BIN2HEX, 0},
    {"bindec", PHP_FOLD, FO_HEXDEC, 0},
    {"break", PHP_KEYWORD, KW_BREAK, 0},
    {"bzdecompress", PHP_FOLD, FO_BZ, GATE_DECODER},
    {"call_user_func", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"call_user_func_array", PHP_CALLBACK, PHP_CB(0, 1), GATE_CALLBACK},
    {"case", PHP_KEYWORD, KW_CASE, 0},
    {"catch", PHP_KEYWORD, KW_CATCH, 0},
    {"ceil", PHP_FOLD, FO_FLOOR, 0},
    {"cdef", PHP_PLAIN, 0, GATE_CALLBACK},
    {"chdir", PHP_FILE, FILE_LIST, GATE_FILE},
    {"chgrp", PHP_FILE, FILE_MODE, GATE_FILE},
    {"chmod", PHP_FILE, FILE_MODE, GATE_FILE},
    {"chop", PHP_FOLD, FO_RTRIM, 0},
    {"chown", PHP_FILE, FILE_MODE, GATE_FILE},
    {"chr", PHP_FOLD, FO_CHR, GATE_DECODER},
    {"chunk_split", PHP_PASS, 0, 0},
    {"class", PHP_KEYWORD, KW_CLASS, 0},
    {"class_exists", PHP_GUARD, 0, 0},
    {"clone", PHP_KEYWORD, KW_CLONE, 0},
    {"com", PHP_PLAIN, 0, GATE_SINK},
    {"compact", PHP_FOLD, FO_COMPACT, 0},
    {"const", PHP_KEYWORD, KW_CONST, 0},
    {"constant", PHP_FOLD, FO_CONSTANT, 0},
    {"continue", PHP_KEYWORD, KW_CONTINUE, 0},
    {"convert_uudecode", PHP_FOLD, FO_UUDECODE, GATE_DECODER},
    {"copy", PHP_WRITE, WR_COPY, GATE_WRITE},
    {"count", PHP_FOLD, FO_COUNT, 0},
    {"create_function", PHP_CODE, 1, GATE_SINK},
    {"createfunction", PHP_PLAIN, 0, GATE_CALLBACK},
    {"mysql_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mysql_pconnect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mysqli_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mysqli_real_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"pg_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"pg_pconnect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mssql_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mssql_pconnect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"sqlsrv_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"odbc_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"oci_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"ocilogon", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"sybase_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"ibase_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"db2_connect", PHP_DATABASE, DB_CONNECT, GATE_DATABASE | GATE_CONNECT},
    {"mysql_query", PHP_DATABASE, DB_FIRST, GATE_DATABASE},
    {"mysql_unbuffered_query", PHP_DATABASE, DB_FIRST, GATE_DATABASE},
    {"mysql_db_query", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"mysqli_query", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"mysqli_multi_query", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"mysqli_real_query", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"pg_query", PHP_DATABASE, DB_LAST, GATE_DATABASE},
    {"pg_exec", PHP_DATABASE, DB_LAST, GATE_DATABASE},
    {"pg_send_query", PHP_DATABASE, DB_LAST, GATE_DATABASE},
    {"mssql_query", PHP_DATABASE, DB_FIRST, GATE_DATABASE},
    {"sqlsrv_query", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"odbc_exec", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"odbc_do", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"oci_parse", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"ociparse", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"sybase_query", PHP_DATABASE, DB_FIRST, GATE_DATABASE},
    {"ibase_query", PHP_DATABASE, DB_LAST, GATE_DATABASE},
    {"sqlite_query", PHP_DATABASE, DB_FIRST, GATE_DATABASE},
    {"db2_exec", PHP_DATABASE, DB_SECOND, GATE_DATABASE},
    {"socket_create", PHP_LISTEN, 1, GATE_NET},
    {"socket_bind", PHP_LISTEN, 0, GATE_NET | GATE_CONNECT},
    {"socket_listen", PHP_LISTEN, 0, GATE_NET | GATE_CONNECT},
    {"socket_create_listen", PHP_LISTEN, 0, GATE_NET},
    {"stream_socket_server", PHP_LISTEN, 0, GATE_NET},
    {"callbackfilteriterator", PHP_PLAIN, 0, GATE_CALLBACK},
    {"registerphpfunctions", PHP_PLAIN, 0, GATE_CALLBACK},
    {"getdoccomment", PHP_PLAIN, 0, GATE_DECODER},
    {"getconstant", PHP_PLAIN, 0, 0},
    {"mysqli", PHP_PLAIN, 0, GATE_DATABASE | GATE_CONNECT},
    {"pdo", PHP_PLAIN, 0, GATE_DATABASE | GATE_CONNECT},
    {"prepare", PHP_PLAIN, 0, GATE_DATABASE},
    {"sqlitecreatefunction", PHP_PLAIN, 0, GATE_CALLBACK},
    {"ctype_alnum", PHP_GUARD, 0, 0},
    {"ctype_alpha", PHP_GUARD, 0, 0},
    {"ctype_digit", PHP_GUARD, 0, 0},
    {"ctype_lower", PHP_GUARD, 0, 0},
    {"ctype_upper", PHP_GUARD, 0, 0},
    {"ctype_xdigit", PHP_GUARD, 0, 0},
    {"curl_exec", PHP_NET, 1, GATE_NET | GATE_CONNECT},
    {"curl_setopt", PHP_PLAIN, 0, 0},
    {"curl_setopt_array", PHP_PLAIN, 0, 0},
    {"mcrypt_encrypt", PHP_PLAIN, 0, GATE_DECODER},
    {"openssl_encrypt", PHP_PLAIN, 0, GATE_DECODER},
    {"curl_init", PHP_PASS, 0, GATE_NET},
    {"curl_multi_getcontent", PHP_PASS, 0, 0},
    {"current", PHP_FOLD, FO_CURRENT, 0},
    {"dechex", PHP_FOLD, FO_DECHEX, 0},
    {"declare", PHP_KEYWORD, KW_DECLARE, 0},
    {"default", PHP_KEYWORD, KW_DEFAULT, 0},
    {"define", PHP_FOLD, FO_DEFINE, 0},
    {"die", PHP_KEYWORD, KW_EXIT, 0},
    {"dir", PHP_FILE, FILE_LIST, GATE_FILE},
    {"dirname", PHP_PASS, 0, 0},
    {"disk_free_space", PHP_HOST, 0, 0},
    {"disk_total_space", PHP_HOST, 0, 0},
    {"directoryiterator", PHP_PLAIN, 0, GATE_FILE},
    {"diskfreespace", PHP_HOST, 0, GATE_HOST},
    {"dl", PHP_CODE, 2, GATE_SINK},
    {"do", PHP_KEYWORD, KW_DO, 0},
    {"each", PHP_PASS, 0, 0},
    {"echo", PHP_KEYWORD, KW_ECHO, 0},
    {"else", PHP_KEYWORD, KW_ELSE, 0},
    {"elseif", PHP_KEYWORD, KW_ELSEIF, 0},
    {"empty", PHP_KEYWORD, KW_EMPTY, 0},
    {"end", PHP_FOLD, FO_END, 0},
    {"enddeclare", PHP_KEYWORD, KW_END, 0},
    {"endfor", PHP_KEYWORD, KW_END, 0},
    {"endforeach", PHP_KEYWORD, KW_END, 0},
    {"endif", PHP_KEYWORD, KW_END, 0},
    {"endswitch", PHP_KEYWORD, KW_END, 0},
    {"endwhile", PHP_KEYWORD, KW_END, 0},
    {"error_log", PHP_WRITE, WR_LOG, GATE_FILE},
    {"ereg_replace", PHP_PASS, 0, 0},
    {"eregi_replace", PHP_PASS, 0, 0},
    {"quoted_printable_encode", PHP_PASS, 0, 0},
    {"split", PHP_PASS, 0, 0},
    {"spliti", PHP_PASS, 0, 0},
    {"escapeshellcmd", PHP_PASS, 0, 0},
    {"eval", PHP_KEYWORD, KW_EVAL, GATE_SINK},
    {"eval_r", PHP_CODE, 0, GATE_SINK}, /* what boards make of eval( */
    {"exec", PHP_COMMAND, 0, GATE_SINK},
    {"exif_read_data", PHP_PASS, 2, GATE_DECODER},
    {"exit", PHP_KEYWORD, KW_EXIT, 0},
    {"expect_popen", PHP_COMMAND, 0, GATE_SINK},
    {"explode", PHP_FOLD, FO_EXPLODE, 0},
    {"extends", PHP_KEYWORD, KW_EXTENDS, GATE_PART},
    {"extract", PHP_IMPORT, 0, GATE_DYNAMIC},
    {"false", PHP_KEYWORD, KW_FALSE, 0},
    {"fgetc", PHP_PASS, 0, 0},
    {"fgets", PHP_PASS, 0, 0},
    {"fgetss", PHP_PASS, 0, 0},
    {"file", PHP_FILE, FILE_READ, GATE_FILE},
    {"file_get_contents", PHP_NET, 0, GATE_NET},
    {"file_put_contents", PHP_WRITE, WR_PUT, GATE_WRITE},
    {"filter_input", PHP_SOURCE, 0, GATE_INPUT},
    {"filter_input_array", PHP_SOURCE, 0, GATE_INPUT},
    {"filter_var", PHP_PASS, 0, GATE_CALLBACK},
    {"final", PHP_KEYWORD, KW_MODIFIER, 0},
    {"finally", PHP_KEYWORD, KW_TRY, 0},
    {"floor", PHP_FOLD, FO_FLOOR, 0},
    {"fn", PHP_KEYWORD, KW_FN, 0},
    {"filesystemiterator", PHP_PLAIN, 0, GATE_FILE},
    {"fopen", PHP_WRITE, WR_OPEN, GATE_FILE},
    {"for", PHP_KEYWORD, KW_FOR, 0},
    {"foreach", PHP_KEYWORD, KW_FOREACH, 0},
    {"forward_static_call", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"forward_static_call_array", PHP_CALLBACK, PHP_CB(0, 1), GATE_CALLBACK},
    {"print_r", PHP_PASS, 3, 0},
    {"serialize", PHP_PASS, 3, 0},
    {"json_encode", PHP_PASS, 3, 0},
    {"var_export", PHP_PASS, 3, 0},
    {"http_build_query", PHP_PASS, 3, 0},
    {"fputcsv", PHP_WRITE, WR_HANDLE, GATE_WRITE},
    {"fputs", PHP_WRITE, WR_HANDLE, GATE_WRITE},
    {"fread", PHP_PASS, 0, 0},
    {"fromcallable", PHP_PLAIN, 0, GATE_CALLBACK},
    {"fsockopen", PHP_NET, 2, GATE_NET | GATE_CONNECT},
    {"fpassthru", PHP_PASS, 0, 0},
    {"function", PHP_KEYWORD, KW_FUNCTION, 0},
    {"function_exists", PHP_GUARD, 0, 0},
    {"fwrite", PHP_WRITE, WR_HANDLE, GATE_WRITE},
    {"get_current_user", PHP_HOST, 0, GATE_HOST},
    {"get_defined_vars", PHP_SOURCE, 0, 0},
    {"getallheaders", PHP_SOURCE, 0, GATE_INPUT},
    {"getenv", PHP_SOURCE, 1, 0},
    {"gethostbyname", PHP_PASS, 0, 0},
    {"getmyuid", PHP_HOST, 0, GATE_HOST},
    {"glob", PHP_FILE, FILE_LIST, GATE_FILE},
    {"global", PHP_KEYWORD, KW_GLOBAL, 0},
    {"goto", PHP_KEYWORD, KW_GOTO, 0},
    {"gzcompress", PHP_PASS, 0, 0},
    {"gzdecode", PHP_FOLD, FO_GZDECODE, GATE_DECODER},
    {"gzdeflate", PHP_PASS, 0, 0},
    {"gzfile", PHP_FILE, FILE_READ, GATE_FILE},
    {"gzencode", PHP_PASS, 0, 0},
    {"gzinflate", PHP_FOLD, FO_INFLATE, GATE_DECODER},
    {"gzopen", PHP_WRITE, WR_OPEN, GATE_FILE},
    {"gzuncompress", PHP_FOLD, FO_UNCOMPRESS, GATE_DECODER},
    {"gzwrite", PHP_WRITE, WR_HANDLE, GATE_WRITE},
    {"header_register_callback", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"hex2bin", PHP_FOLD, FO_HEX2BIN, GATE_DECODER},
    {"hexdec", PHP_FOLD, FO_HEXDEC, 0},
    {"highlight_file", PHP_FILE, FILE_READ, GATE_FILE},
    {"html_entity_decode", PHP_FOLD, FO_ENTITIES, 0},
    {"htmlspecialchars_decode", PHP_FOLD, FO_ENTITIES, 0},
    {"http_get_request_body", PHP_SOURCE, 0, GATE_INPUT},
    {"iconv", PHP_PASS, 0, 0},
    {"if", PHP_KEYWORD, KW_IF, 0},
    {"igbinary_unserialize", PHP_PASS, 0, 0},
    {"ignore_user_abort", PHP_HOST, 0, 0},
    {"imap_open", PHP_PLAIN, 0, GATE_CONNECT},
    {"implements", PHP_KEYWORD, KW_EXTENDS, 0},
    {"implode", PHP_FOLD, FO_IMPLODE, 0},
    {"import_request_variables", PHP_IMPORT, 2, GATE_DYNAMIC},
    {"in_array", PHP_GUARD, 0, 0},
    {"include", PHP_KEYWORD, KW_INCLUDE, GATE_ANY_INCLUDE},
    {"include_once", PHP_KEYWORD, KW_INCLUDE, GATE_ANY_INCLUDE},
    {"ini_restore", PHP_HOST, 0, GATE_HOST},
    {"ini_set", PHP_HOST, 0, 0},
    {"instanceof", PHP_KEYWORD, KW_INSTANCEOF, 0},
    {"interface", PHP_KEYWORD, KW_CLASS, 0},
    {"intval", PHP_FOLD, FO_INTVAL, 0},
    {"is_a", PHP_GUARD, 0, 0},
    {"is_callable", PHP_GUARD, 0, 0},
    {"is_int", PHP_GUARD, 0, 0},
    {"is_numeric", PHP_GUARD, 0, 0},
    {"is_subclass_of", PHP_GUARD, 0, 0},
    {"isset", PHP_KEYWORD, KW_ISSET, 0},
    {"iterator_apply", PHP_CALLBACK, PHP_CB(1, 2), GATE_CALLBACK},
    {"join", PHP_FOLD, FO_IMPLODE, 0},
    {"json_decode", PHP_PASS, 0, 0},
    {"key", PHP_FOLD, FO_KEY, 0},
    {"key_exists", PHP_GUARD, 0, 0},
    {"lcfirst", PHP_FOLD, FO_STRTOLOWER, 0},
    {"libxml_set_external_entity_loader", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"list", PHP_KEYWORD, KW_LIST, 0},
    {"ltrim", PHP_FOLD, FO_LTRIM, 0},
    {"mail", PHP_MAIL, 0, GATE_MAIL},
    {"match", PHP_KEYWORD, KW_MATCH, 0},
    {"mb_chr", PHP_FOLD, FO_CHR, GATE_DECODER},
    {"mb_convert_encoding", PHP_PASS, 0, 0},
    {"mb_decode_numericentity", PHP_PASS, 0, 0},
    {"mb_ereg_replace", PHP_REGEX, RX_MB_REPLACE, GATE_CALLBACK},
    {"mb_ereg_replace_callback", PHP_CALLBACK, PHP_CB(1, 2), GATE_CALLBACK},
    {"mb_eregi_replace", PHP_REGEX, RX_MB_REPLACE, GATE_CALLBACK},
    {"mb_parse_str", PHP_IMPORT, 1, GATE_DYNAMIC},
    {"mb_send_mail", PHP_MAIL, 0, GATE_MAIL},
    {"mb_str_split", PHP_FOLD, FO_STR_SPLIT, 0},
    {"mb_strlen", PHP_FOLD, FO_STRLEN, 0},
    {"mb_strrev", PHP_PASS, 0, 0},
    {"mb_strtolower", PHP_FOLD, FO_STRTOLOWER, 0},
    {"mb_substr", PHP_FOLD, FO_SUBSTR, 0},
    {"mbereg_replace", PHP_REGEX, RX_MB_REPLACE, GATE_CALLBACK},
    {"mcrypt_cbc", PHP_PASS, 1, 0},
    {"mcrypt_decrypt", PHP_PASS, 1, GATE_DECODER},
    {"mcrypt_ecb", PHP_PASS, 1, 0},
    {"method_exists", PHP_GUARD, 1, 0},
    {"mkdir", PHP_FILE, FILE_MAKE, GATE_FILE},
    {"move_uploaded_file", PHP_WRITE, WR_MOVE_UPLOAD, GATE_WRITE | GATE_INPUT},
    {"msgpack_unpack", PHP_PASS, 0, 0},
    {"namespace", PHP_KEYWORD, KW_NAMESPACE, GATE_PART},
    {"new", PHP_KEYWORD, KW_NEW, 0},
    {"next", PHP_PASS, 0, 0},
    {"nl2br", PHP_PASS, 0, 0},
    {"null", PHP_KEYWORD, KW_NULL, 0},
    {"ob_get_clean", PHP_PASS, 0, 0},
    {"ob_get_contents", PHP_PASS, 0, 0},
    {"ob_get_flush", PHP_PASS, 0, 0},
    {"ob_start", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"octdec", PHP_FOLD, FO_HEXDEC, 0},
    {"opendir", PHP_FILE, FILE_LIST, GATE_FILE},
    {"openssl_decrypt", PHP_PASS, 1, GATE_DECODER},
    {"or", PHP_KEYWORD, KW_OR, 0},
    {"ord", PHP_FOLD, FO_ORD, 0},
    {"pack", PHP_FOLD, FO_PACK, GATE_DECODER},
    {"parse_str", PHP_IMPORT, 1, GATE_DYNAMIC},
    {"parse_url", PHP_PASS, 0, 0},
    {"passthru", PHP_COMMAND, 0, GATE_SINK},
    {"pathinfo", PHP_PASS, 0, 0},
    {"pcntl_exec", PHP_COMMAND, 0, GATE_SINK},
    {"pfsockopen", PHP_NET, 2, GATE_NET | GATE_CONNECT},
    {"perl", PHP_PLAIN, 0, GATE_SINK},
    {"php_sapi_name", PHP_HOST, 0, 0},
    {"php_strip_whitespace", PHP_FILE, FILE_READ, GATE_FILE},
    {"php_uname", PHP_HOST, 0, GATE_HOST},
    {"phpinfo", PHP_HOST, 0, GATE_HOST},
    {"popen", PHP_COMMAND, 0, GATE_SINK},
    {"pos", PHP_FOLD, FO_CURRENT, 0},
    {"posix_geteuid", PHP_HOST, 0, GATE_HOST},
    {"posix_getpwuid", PHP_HOST, 0, GATE_HOST},
    {"posix_getuid", PHP_HOST, 0, GATE_HOST},
    {"preg_filter", PHP_REGEX, RX_REPLACE, GATE_CALLBACK},
    {"preg_replace", PHP_REGEX, RX_REPLACE, GATE_CALLBACK},
    {"preg_replace_callback", PHP_CALLBACK, PHP_CB(1, 2), GATE_CALLBACK},
    {"preg_split", PHP_PASS, 0, 0},
    {"prev", PHP_PASS, 0, 0},
    {"print", PHP_KEYWORD, KW_PRINT, 0},
    {"private", PHP_KEYWORD, KW_MODIFIER, 0},
    {"proc_open", PHP_COMMAND, 0, GATE_SINK},
    {"protected", PHP_KEYWORD, KW_MODIFIER, 0},
    {"public", PHP_KEYWORD, KW_MODIFIER, 0},
    {"putenv", PHP_PLAIN, 1, GATE_SINK},
    {"quoted_printable_decode", PHP_PASS, 1, 0},
    {"range", PHP_FOLD, FO_RANGE, 0},
    {"rawurldecode", PHP_FOLD, FO_RAWURLDECODE, 0},
    {"read_exif_data", PHP_PASS, 2, GATE_DECODER},
    {"readfile", PHP_FILE, FILE_READ, GATE_FILE},
    {"readgzfile", PHP_FILE, FILE_READ, GATE_FILE},
    {"readonly", PHP_KEYWORD, KW_MODIFIER, 0},
    {"realpath", PHP_PASS, 0, 0},
    {"recursivedirectoryiterator", PHP_PLAIN, 0, GATE_FILE},
    {"reflectionclass", PHP_PLAIN, 0, GATE_CALLBACK},
    {"reflectionfunction", PHP_PLAIN, 0, GATE_CALLBACK},
    {"register_shutdown_function", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"register_tick_function", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"rename", PHP_WRITE, WR_RENAME, GATE_FILE},
    {"require", PHP_KEYWORD, KW_INCLUDE, GATE_ANY_INCLUDE},
    {"require_once", PHP_KEYWORD, KW_INCLUDE, GATE_ANY_INCLUDE},
    {"reset", PHP_FOLD, FO_CURRENT, 0},
    {"return", PHP_KEYWORD, KW_RETURN, 0},
    {"rmdir", PHP_FILE, FILE_DELETE, GATE_FILE},
    {"round", PHP_FOLD, FO_FLOOR, 0},
    {"rtrim", PHP_FOLD, FO_RTRIM, 0},
    {"scandir", PHP_FILE, FILE_LIST, GATE_FILE},
    {"session_id", PHP_SOURCE, 0, 0},
    {"session_set_save_handler", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"set_error_handler", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"set_exception_handler", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"set_time_limit", PHP_HOST, 0, 0},
    {"settype", PHP_PASS, 0, 0},
    {"shell_exec", PHP_COMMAND, 0, GATE_SINK},
    {"show_source", PHP_FILE, FILE_READ, GATE_FILE},
    {"simplexml_load_string", PHP_PASS, 0, 0},
    {"sizeof", PHP_FOLD, FO_COUNT, 0},
    {"socket_read", PHP_NET, 1, GATE_NET},
    {"socket_recv", PHP_NET, 1, GATE_NET},
    {"sodium_crypto_secretbox_open", PHP_PASS, 0, 0},
    {"splfileobject", PHP_PLAIN, 0, GATE_FILE | GATE_WRITE},
    {"spl_autoload_register", PHP_CALLBACK, PHP_CB(0, 15), GATE_CALLBACK},
    {"sprintf", PHP_FOLD, FO_SPRINTF, 0},
    {"sqlite_create_function", PHP_CALLBACK, PHP_CB(2, 15), GATE_CALLBACK},
    {"static", PHP_KEYWORD, KW_STATIC, 0},
    {"str_ireplace", PHP_FOLD, FO_STR_REPLACE, 0},
    {"str_pad", PHP_PASS, 0, 0},
    {"str_repeat", PHP_FOLD, FO_STR_REPEAT, 0},
    {"str_replace", PHP_FOLD, FO_STR_REPLACE, 0},
    {"str_rot13", PHP_FOLD, FO_ROT13, GATE_DECODER},
    {"str_split", PHP_FOLD, FO_STR_SPLIT, 0},
    {"stream_get_contents", PHP_PASS, 0, 0},
    {"socket_connect", PHP_NET, 2, GATE_NET | GATE_CONNECT},
    {"stream_socket_client", PHP_NET, 2, GATE_NET | GATE_CONNECT},
    {"strip_tags", PHP_PASS, 0, 0},
    {"stripcslashes", PHP_FOLD, FO_STRIPSLASHES, 0},
    {"stripslashes", PHP_FOLD, FO_STRIPSLASHES, 0},
    {"stripslashes_deep", PHP_PASS, 0, 0},
    {"stristr", PHP_PASS, 0, 0},
    {"strlen", PHP_FOLD, FO_STRLEN, 0},
    {"strpos", PHP_FOLD, FO_STRPOS, 0},
    {"strrchr", PHP_PASS, 0, 0},
    {"strrev", PHP_FOLD, FO_STRREV, GATE_DECODER},
    {"strstr", PHP_FOLD, FO_STRSTR, 0},
    {"strtok", PHP_PASS, 0, 0},
    {"strtolower", PHP_FOLD, FO_STRTOLOWER, 0},
    {"strtoupper", PHP_FOLD, FO_STRTOUPPER, 0},
    {"strtr", PHP_FOLD, FO_STRTR, 0},
    {"strval", PHP_FOLD, FO_STRVAL, 0},
    {"substr", PHP_FOLD, FO_SUBSTR, 0},
    {"substr_replace", PHP_FOLD, FO_SUBSTR_REPLACE, 0},
    {"switch", PHP_KEYWORD, KW_SWITCH, 0},
    {"symlink", PHP_FILE, FILE_MAKE, GATE_FILE},
    {"system", PHP_COMMAND, 0, GATE_SINK},
    {"throw", PHP_KEYWORD, KW_THROW, 0},
    {"touch", PHP_FILE, FILE_TOUCH, GATE_FILE},
    {"trait", PHP_KEYWORD, KW_CLASS, 0},
    {"trim", PHP_FOLD, FO_TRIM, 0},
    {"true", PHP_KEYWORD, KW_TRUE, 0},
    {"try", PHP_KEYWORD, KW_TRY, 0},
    {"uasort", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"ucfirst", PHP_FOLD, FO_UCFIRST, 0},
    {"ucwords", PHP_FOLD, FO_UCFIRST, 0},
    {"uksort", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"unlink", PHP_FILE, FILE_DELETE, GATE_FILE},
    {"unserialize", PHP_PASS, 0, 0},
    {"unset", PHP_KEYWORD, KW_UNSET, 0},
    {"urldecode", PHP_FOLD, FO_URLDECODE, 0},
    {"use", PHP_KEYWORD, KW_USE, 0},
    {"usort", PHP_CALLBACK, PHP_CB(1, 0), GATE_CALLBACK},
    {"utf8_decode", PHP_PASS, 0, 0},
    {"utf8_encode", PHP_PASS, 0, 0},
    {"var", PHP_KEYWORD, KW_VAR, 0},
    {"vsprintf", PHP_FOLD, FO_SPRINTF, 0},
    {"while", PHP_KEYWORD, KW_WHILE, 0},
    {"wp_create_user", PHP_PLAIN, 0, GATE_SINK},
    {"wp_set_auth_cookie", PHP_PLAIN, 0, GATE_SINK},
    {"win_shell_execute", PHP_COMMAND, 0, GATE_SINK},
    {"wordwrap", PHP_PASS, 0, 0},
    {"xml_set_character_data_handler", PHP_CALLBACK, PHP_CB(1, 15), GATE_CALLBACK},
    {"xml_set_element_handler", PHP_CALLBACK, PHP_CB(1, 15), GATE_CALLBACK},
    {"xmlrpc_decode", PHP_PASS, 0, 0},
    {"xor", PHP_KEYWORD, KW_XOR, 0},
    {"yaml_parse", PHP_PASS, 0, GATE_CALLBACK},
    {"yield", PHP_KEYWORD, KW_YIELD, 0},
    {"zlib_decode", PHP_FOLD, FO_UNCOMPRESS, GATE_DECODER},
};
/* clang-format on */

enum { TABLE_COUNT = sizeof table / sizeof *table };

static const char *const input_variables[] = {"_GET",
                                              "_POST",
                                              "_REQUEST",
                                              "_COOKIE",
                                              "_FILES",
                                              "_SERVER",
                                              "HTTP_GET_VARS",
                                              "HTTP_POST_VARS",
                                              "HTTP_COOKIE_VARS",
                                              "HTTP_POST_FILES",
                                              "HTTP_SERVER_VARS",
                                              "HTTP_RAW_POST_DATA",
                                              "_HTTP_RAW_POST_DATA"};

struct php_words {
    uint16_t slots[SLOTS]; /* 0: empty, else index + 1 */
};

static char lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte + 32) : byte;
}

/* Of a name of two bytes or more. */
static size_t slot_of(struct str name)
{
    const uint64_t small = UINT64_C(0x2020202020202020); /* what differs in case only is found in the same slot */
    uint64_t head = 0, tail = 0;
    if (name.len >= sizeof head) {
        memcpy(&head, name.data, sizeof head);
        memcpy(&tail, name.data + name.len - sizeof tail, sizeof tail);
    } else if (name.len >= 4) {
        memcpy(&head, name.data, 4);
        memcpy(&tail, name.data + name.len - 4, 4);
    } else {
        memcpy(&head, name.data, 2);
        memcpy(&tail, name.data + name.len - 2, 2);
    }
    uint64_t hash = (head | small) * UINT64_C(0x9e3779b97f4a7c15) ^ (tail | small) * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (size_t)((hash + name.len * UINT64_C(0x165667b19e3779f9)) * UINT64_C(0x9e3779b97f4a7c15) >> 53) % SLOTS;
}

struct php_words *php_words_new(struct err *err)
{
    struct php_words *words = calloc(1, sizeof *words);
    if (words == NULL) {
        err_no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        size_t slot = slot_of(str_of(table[i].text));
        while (words->slots[slot] != 0) {
            slot = (slot + 1) % SLOTS;
        }
        words->slots[slot] = (uint16_t)(i + 1);
    }
    return words;
}

void php_words_free(struct php_words *words)
{
    free(words);
}

const struct php_word *php_word_find(const struct php_words *words, struct str name)
{
    if (name.len > NAME_MAX_BYTES || name.len < 2) {
        return NULL;
    }
    for (size_t slot = slot_of(name); words->slots[slot] != 0; slot = (slot + 1) % SLOTS) {
        const struct php_word *word = &table[words->slots[slot] - 1];
        if (lower(name.data[0]) == word->text[0] && str_eq_nocase(name, str_of(word->text))) {
            return word;
        }
    }
    return NULL;
}

uint16_t php_word_number(const struct php_word *word)
{
    return word == NULL ? 0 : (uint16_t)(word - table + 1);
}

const struct php_word *php_word_at(uint16_t number)
{
    return number == 0 ? NULL : &table[number - 1];
}

bool php_is_input_variable(struct str name)
{
    if (name.len < 4 || !((name.data[0] == '_' && name.data[1] >= 'C' && name.data[1] <= 'S') ||
                          (name.data[0] == 'H' && name.data[1] == 'T'))) {
        return false;
    }
    for (size_t i = 0; i < sizeof input_variables / sizeof *input_variables; i++) {
        if (str_eq(name, str_of(input_variables[i]))) {
            return true;
        }
    }
    return false;
}

bool php_is_picture(struct str path)
{
    static const char *const endings[] = {".ico", ".jpg", ".jpeg", ".png", ".gif", ".bmp", ".webp"};
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        if (str_ends_nocase(path, str_of(endings[i]))) {
            return true;
        }
    }
    return false;
}
