/* curl.h - what the files that use libcurl share. */
#ifndef NET_CURL_H
#define NET_CURL_H

/* Begins the library once in this process; any thread. */
void curl_begin(void);

#endif
