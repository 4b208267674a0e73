/* Calls that Assay does not make. Using one is a compile error. */
#ifndef ASSAY_BASE_BANNED_H
#define ASSAY_BASE_BANNED_H

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf gets
#pragma GCC poison strtok strtok_r atoi atol atoll atof strtol strtoul strtoll strtoull
#pragma GCC poison localtime gmtime ctime asctime mktime tmpnam mktemp system popen
#pragma GCC poison alloca sscanf scanf lgamma drand48 rand srand

#endif
