/* catalogue.h - the English sentences of web/po/en.po, built into the program. */
#ifndef WEB_CATALOGUE_H
#define WEB_CATALOGUE_H

#include "base/lang.h"

/* Gives base/lang.h the built-in tables. Called once at start, before any sentence is shown and before template_prepare(). */
void catalogue_install(void);

#endif
