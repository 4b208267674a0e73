/* Whose files are read how; the first line that fits a file's name counts. Names: exact, *end, start*, *in*, folder/name; in any case.
 * READER(names, product, service unless the file says another, function) */

/* PHP applications: the values of constants, variables, classes and returned arrays; see find_php.c */
READER("wp-config.php", "WordPress", "mysql", read_php)
READER("app/etc/env.php", "Magento 2", "mysql", read_php)
READER("settings.inc.php", "PrestaShop", "mysql", read_php)
READER("app/config/parameters.php", "PrestaShop", "mysql", read_php)
READER("LocalSettings.php", "MediaWiki", "mysql", read_php)
READER("sites/*/settings.php sites/*/settings.local.php settings.local.php", "Drupal", "mysql", read_php)
READER("configuration.php", "Joomla", "mysql", read_php)
READER("localconf.php LocalConfiguration.php AdditionalConfiguration.php typo3conf/settings.php system/settings.php",
       "TYPO3", "mysql", read_php)
READER("config.inc.php", NULL, NULL, read_php)

/* others that code reads */
READER("app/etc/local.xml", "Magento 1", "mysql", read_xml)
READER(".env .env.* *.env env.local", ".env", NULL, read_lines)
READER(".my.cnf my.cnf *.cnf mysql.ini .mylogin", "MySQL client", "mysql", read_lines)
READER(".pgpass pgpass pgpass.conf", "libpq", "postgresql", read_pgpass)
READER("pg_service.conf .pg_service.conf", "libpq", "postgresql", read_lines)
READER(".netrc _netrc", "netrc", NULL, read_netrc)
READER(".git-credentials .git/config", "git", "git", read_git)
READER(".htpasswd htpasswd *.htpasswd", "Apache", "http", read_htpasswd)
READER("redis.conf", "Redis", "redis", read_lines)
READER("appsettings.json appsettings.*.json", "ASP.NET", NULL, read_literal)
READER("web.config app.config *.config", "ASP.NET", NULL, read_xml)
READER("sftp-config.json .ftpconfig sftp.json", "SFTP client", "ssh", read_literal)
READER("sitemanager.xml recentservers.xml filezilla.xml", "FileZilla", "ftp", read_xml)
READER("settings.py settings_*.py *_settings.py local_settings.py settings/*.py", "Django", NULL, read_literal)
READER("database.yml", "Rails", NULL, read_yaml)
READER("application*.properties", "Spring", NULL, read_lines)
READER("application*.yml application*.yaml bootstrap.yml", "Spring", NULL, read_yaml)
READER("*compose*.yml *compose*.yaml", "Docker Compose", NULL, read_yaml)
READER("Dockerfile Dockerfile.* *.dockerfile Containerfile", "Docker", NULL, read_lines)
READER("wp-cli.yml wp-cli.local.yml", "WordPress", "mysql", read_yaml)
READER("parameters.yml parameters.yaml", "Symfony", NULL, read_yaml)
READER("knexfile.js ormconfig.json ormconfig.js", "Node", NULL, read_literal)

/* by their ending: nothing known of who wrote them, so only what is plain counts */
READER("*.ini *.properties *.cfg *.conf *.toml *.ora *.udl", NULL, NULL, read_lines)
READER("*.yml *.yaml *.yml.erb", NULL, NULL, read_yaml)
READER("*.json", NULL, NULL, read_literal)
READER("*.xml", NULL, NULL, read_xml)
READER(
    "*config*.js *config*.ts *config*.py *config*.rb *settings*.js *settings*.ts *database*.js *database*.ts *database*.py *database*.rb db.js db.py db.ts *secret*.js *secret*.py *secret*.rb *credential*.js *credential*.py constants.py constants.js",
    NULL, NULL, read_literal)
READER("*.sh *.bash .bashrc .bash_profile .profile .zshrc environment", NULL, NULL, read_lines)
