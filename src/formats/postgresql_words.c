/* Source: PostgreSQL 15's message catalogues (src/backend/po), of those strings that elog.c, postgres.c, auth.c and postinit.c write at
 * the front of messages about statements and connections. */
#include "formats/postgresql_words.h"

#include "base/str.h"

#include "base/banned.h"

const struct pg_language pg_languages[] = {
    /* English */ {STR_INIT("duration: "), STR_INIT(" ms"), STR_INIT("statement: "), STR_INIT("execute "),
                   STR_INIT("execute fetch from "), STR_INIT("parse "), STR_INIT("bind "),
                   STR_INIT("connection received: "), STR_INIT("connection authorized: "), STR_INIT("disconnection: ")},
    /* de */
    {STR_INIT("Dauer: "), STR_INIT(" ms"), STR_INIT("Anweisung: "), STR_INIT("Ausführen "),
     STR_INIT("Ausführen Fetch von "), STR_INIT("Parsen "), STR_INIT("Binden "), STR_INIT("Verbindung empfangen: "),
     STR_INIT("Verbindung autorisiert: "), STR_INIT("Verbindungsende")},
    /* es */
    {STR_INIT("duración: "), STR_INIT(" ms"), STR_INIT("sentencia: "), STR_INIT("ejecutar "),
     STR_INIT("ejecutar fetch desde "), STR_INIT("parse: "), STR_INIT("bind "), STR_INIT("conexión recibida: "),
     STR_INIT("conexión autorizada: "), STR_INIT("desconexión")},
    /* fr */
    {STR_INIT("durée : "), STR_INIT(" ms"), STR_INIT("instruction : "), STR_INIT("exécute "),
     STR_INIT("exécute fetch à partir de "), STR_INIT("analyse "), STR_INIT("lien "), STR_INIT("connexion reçue : "),
     STR_INIT("connexion autorisée : "), STR_INIT("déconnexion")},
    /* it */
    {STR_INIT("durata: "), STR_INIT(" ms"), STR_INIT("istruzione: "), STR_INIT("esecuzione di "),
     STR_INIT("esecuzione di fetch da "), STR_INIT("analisi di "), STR_INIT("bind "),
     STR_INIT("connessione ricevuta: "), STR_INIT("connessione autorizzata: "), STR_INIT("disconnessione")},
    /* ja */
    {STR_INIT("期間: "), STR_INIT(" ミリ秒"), STR_INIT("文: "), STR_INIT("実行 "), STR_INIT("取り出し実行 "),
     STR_INIT("パース"), STR_INIT("バインド "), STR_INIT("接続を受け付けました: "), STR_INIT("接続の認証完了: "),
     STR_INIT("接続を切断")},
    /* ko */
    {STR_INIT("실행시간: "), STR_INIT(" ms"), STR_INIT("명령 구문: "), STR_INIT("쿼리실행 "), STR_INIT("자료뽑기 "),
     STR_INIT(""), STR_INIT(""), STR_INIT("접속 수락: "), STR_INIT("연결 인증: "), STR_INIT("연결종료")},
    /* ru */
    {STR_INIT("продолжительность: "), STR_INIT(" мс"), STR_INIT("оператор: "), STR_INIT("выполнение "),
     STR_INIT("выборка из "), STR_INIT("разбор "), STR_INIT("сообщение Bind "), STR_INIT("принято подключение: "),
     STR_INIT("подключение авторизовано: "), STR_INIT("отключение")},
    /* sv */
    {STR_INIT("varaktighet: "), STR_INIT(" ms"), STR_INIT("sats: "), STR_INIT("kör "), STR_INIT("kör hämtning från "),
     STR_INIT("parse "), STR_INIT("bind "), STR_INIT("ansluting mottagen: "), STR_INIT("anslutning auktoriserad: "),
     STR_INIT("nedkoppling")},
    /* uk */
    {STR_INIT("тривалість: "), STR_INIT(" мс"), STR_INIT("оператор: "), STR_INIT("виконувати "),
     STR_INIT("виконати витягнення з "), STR_INIT("аналізування "), STR_INIT("повідомлення bind "),
     STR_INIT("з'єднання отримано: "), STR_INIT("підключення авторизовано: "), STR_INIT("відключення")},
    /* zh_CN */
    {STR_INIT("执行时间: "), STR_INIT(" ms"), STR_INIT("语句: "), STR_INIT("执行 "), STR_INIT("执行FETCH操作 "),
     STR_INIT("解析 "), STR_INIT("绑定"), STR_INIT("已接收到连接: "), STR_INIT(""), STR_INIT("断开连接")},
};
const size_t pg_language_count = sizeof pg_languages / sizeof *pg_languages;

static const struct {
    struct str foreign, english;
} levels[] = {
    {STR_INIT("FEHLER"), STR_INIT("ERROR")},
    {STR_INIT("PANIK"), STR_INIT("PANIC")},
    {STR_INIT("WARNUNG"), STR_INIT("WARNING")},
    {STR_INIT("HINWEIS"), STR_INIT("NOTICE")},
    {STR_INIT("TIPP"), STR_INIT("HINT")},
    {STR_INIT("ANFRAGE"), STR_INIT("QUERY")},
    {STR_INIT("ZUSAMMENHANG"), STR_INIT("CONTEXT")},
    {STR_INIT("ANWEISUNG"), STR_INIT("STATEMENT")},
    {STR_INIT("DETALLE"), STR_INIT("DETAIL")},
    {STR_INIT("CONSULTA"), STR_INIT("QUERY")},
    {STR_INIT("CONTEXTO"), STR_INIT("CONTEXT")},
    {STR_INIT("SENTENCIA"), STR_INIT("STATEMENT")},
    {STR_INIT("ERREUR"), STR_INIT("ERROR")},
    {STR_INIT("ATTENTION"), STR_INIT("WARNING")},
    {STR_INIT("DÉTAIL"), STR_INIT("DETAIL")},
    {STR_INIT("ASTUCE"), STR_INIT("HINT")},
    {STR_INIT("REQUÊTE"), STR_INIT("QUERY")},
    {STR_INIT("CONTEXTE"), STR_INIT("CONTEXT")},
    {STR_INIT("INSTRUCTION"), STR_INIT("STATEMENT")},
    {STR_INIT("ERRORE"), STR_INIT("ERROR")},
    {STR_INIT("FATALE"), STR_INIT("FATAL")},
    {STR_INIT("PANICO"), STR_INIT("PANIC")},
    {STR_INIT("ATTENZIONE"), STR_INIT("WARNING")},
    {STR_INIT("NOTIFICA"), STR_INIT("NOTICE")},
    {STR_INIT("DETTAGLI"), STR_INIT("DETAIL")},
    {STR_INIT("SUGGERIMENTO"), STR_INIT("HINT")},
    {STR_INIT("CONTESTO"), STR_INIT("CONTEXT")},
    {STR_INIT("ISTRUZIONE"), STR_INIT("STATEMENT")},
    {STR_INIT("詳細"), STR_INIT("DETAIL")},
    {STR_INIT("ヒント"), STR_INIT("HINT")},
    {STR_INIT("問い合わせ"), STR_INIT("QUERY")},
    {STR_INIT("文脈"), STR_INIT("CONTEXT")},
    {STR_INIT("文"), STR_INIT("STATEMENT")},
    {STR_INIT("로그"), STR_INIT("LOG")},
    {STR_INIT("오류"), STR_INIT("ERROR")},
    {STR_INIT("치명적오류"), STR_INIT("FATAL")},
    {STR_INIT("손상"), STR_INIT("PANIC")},
    {STR_INIT("경고"), STR_INIT("WARNING")},
    {STR_INIT("알림"), STR_INIT("NOTICE")},
    {STR_INIT("정보"), STR_INIT("INFO")},
    {STR_INIT("디버그"), STR_INIT("DEBUG")},
    {STR_INIT("상세정보"), STR_INIT("DETAIL")},
    {STR_INIT("힌트"), STR_INIT("HINT")},
    {STR_INIT("쿼리"), STR_INIT("QUERY")},
    {STR_INIT("내용"), STR_INIT("CONTEXT")},
    {STR_INIT("명령 구문"), STR_INIT("STATEMENT")},
    {STR_INIT("СООБЩЕНИЕ"), STR_INIT("LOG")},
    {STR_INIT("ОШИБКА"), STR_INIT("ERROR")},
    {STR_INIT("ВАЖНО"), STR_INIT("FATAL")},
    {STR_INIT("ПАНИКА"), STR_INIT("PANIC")},
    {STR_INIT("ПРЕДУПРЕЖДЕНИЕ"), STR_INIT("WARNING")},
    {STR_INIT("ЗАМЕЧАНИЕ"), STR_INIT("NOTICE")},
    {STR_INIT("ИНФОРМАЦИЯ"), STR_INIT("INFO")},
    {STR_INIT("ОТЛАДКА"), STR_INIT("DEBUG")},
    {STR_INIT("ПОДРОБНОСТИ"), STR_INIT("DETAIL")},
    {STR_INIT("ПОДСКАЗКА"), STR_INIT("HINT")},
    {STR_INIT("ЗАПРОС"), STR_INIT("QUERY")},
    {STR_INIT("КОНТЕКСТ"), STR_INIT("CONTEXT")},
    {STR_INIT("ОПЕРАТОР"), STR_INIT("STATEMENT")},
    {STR_INIT("LOGG"), STR_INIT("LOG")},
    {STR_INIT("FEL"), STR_INIT("ERROR")},
    {STR_INIT("FATALT"), STR_INIT("FATAL")},
    {STR_INIT("VARNING"), STR_INIT("WARNING")},
    {STR_INIT("NOTIS"), STR_INIT("NOTICE")},
    {STR_INIT("DETALJ"), STR_INIT("DETAIL")},
    {STR_INIT("TIPS"), STR_INIT("HINT")},
    {STR_INIT("FRÅGA"), STR_INIT("QUERY")},
    {STR_INIT("KONTEXT"), STR_INIT("CONTEXT")},
    {STR_INIT("SATS"), STR_INIT("STATEMENT")},
    {STR_INIT("ЗАПИСУВАННЯ"), STR_INIT("LOG")},
    {STR_INIT("ПОМИЛКА"), STR_INIT("ERROR")},
    {STR_INIT("ФАТАЛЬНО"), STR_INIT("FATAL")},
    {STR_INIT("ПАНІКА"), STR_INIT("PANIC")},
    {STR_INIT("ПОПЕРЕДЖЕННЯ"), STR_INIT("WARNING")},
    {STR_INIT("ПОВІДОМЛЕННЯ"), STR_INIT("NOTICE")},
    {STR_INIT("ІНФОРМАЦІЯ"), STR_INIT("INFO")},
    {STR_INIT("НАЛАГОДЖЕННЯ"), STR_INIT("DEBUG")},
    {STR_INIT("ВІДОМОСТІ"), STR_INIT("DETAIL")},
    {STR_INIT("УКАЗІВКА"), STR_INIT("HINT")},
    {STR_INIT("ЗАПИТ"), STR_INIT("QUERY")},
    {STR_INIT("ІНСТРУКЦІЯ"), STR_INIT("STATEMENT")},
    {STR_INIT("日志"), STR_INIT("LOG")},
    {STR_INIT("错误"), STR_INIT("ERROR")},
    {STR_INIT("致命错误"), STR_INIT("FATAL")},
    {STR_INIT("比致命错误还过分的错误"), STR_INIT("PANIC")},
    {STR_INIT("警告"), STR_INIT("WARNING")},
    {STR_INIT("注意"), STR_INIT("NOTICE")},
    {STR_INIT("信息"), STR_INIT("INFO")},
    {STR_INIT("调试"), STR_INIT("DEBUG")},
    {STR_INIT("详细信息"), STR_INIT("DETAIL")},
    {STR_INIT("提示"), STR_INIT("HINT")},
    {STR_INIT("查询"), STR_INIT("QUERY")},
    {STR_INIT("上下文"), STR_INIT("CONTEXT")},
    {STR_INIT("语句"), STR_INIT("STATEMENT")},
};

struct str pg_english_level(struct str level)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        if (str_eq(level, levels[i].foreign)) {
            return levels[i].english;
        }
    }
    return level;
}
