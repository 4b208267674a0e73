/* Server configuration that lies in a web tree and turns other files into scripts. */
#ifndef ASSAY_SWEEP_CONFIG_H
#define ASSAY_SWEEP_CONFIG_H

#include "sweep/found.h"

/* name: .htaccess, .user.ini, php.ini or web.config. */
void config_look(struct str name, struct str bytes, struct found *found);

#endif
