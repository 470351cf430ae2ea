#ifndef DISTRIBUTED_CRON_CMARIADB_SHIM_H
#define DISTRIBUTED_CRON_CMARIADB_SHIM_H

// Debian's folder; other distributions use MySQL's name for it.
#if __has_include(<mariadb/mysql.h>)
#include <mariadb/mysql.h>
#include <mariadb/errmsg.h>
#include <mariadb/mysqld_error.h>
#else
#include <mysql/mysql.h>
#include <mysql/errmsg.h>
#include <mysql/mysqld_error.h>
#endif

// `mysql_options` wants the address of a value whose type depends on the option, which Swift cannot see.

static inline int distcron_mariadb_set_number(MYSQL *handle, enum mysql_option option, unsigned int value) {
    return mysql_options(handle, option, &value);
}

static inline int distcron_mariadb_set_flag(MYSQL *handle, enum mysql_option option, int value) {
    my_bool flag = value != 0;
    return mysql_options(handle, option, &flag);
}

static inline int distcron_mariadb_set_text(MYSQL *handle, enum mysql_option option, const char *value) {
    return mysql_options(handle, option, value);
}

/// How many rows of parameters the next execution sends; zero: one, not in an array.
static inline int distcron_mariadb_set_array_size(MYSQL_STMT *statement, unsigned int rows) {
    return mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows);
}

/// Has results say how long their longest values are, so that there is room for them.
static inline int distcron_mariadb_measure_results(MYSQL_STMT *statement) {
    my_bool on = 1;
    return mysql_stmt_attr_set(statement, STMT_ATTR_UPDATE_MAX_LENGTH, &on);
}

/// The indicator shares a C union with the place of the row being read.
static inline void distcron_mariadb_set_indicators(MYSQL_BIND *bind, char *indicators) {
    bind->u.indicator = indicators;
}

#endif
