#ifdef DISTCRON_MARIADB
#include "CBareMariaDB.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if __has_include(<mariadb/mysql.h>)
#include <mariadb/mysql.h>
#else
#include <mysql/mysql.h>
#endif

struct distcron_bare {
    MYSQL *handle;
    char error[512];
};

distcron_bare *distcron_bare_open(const distcron_bare_server *server) {
    MYSQL *handle = mysql_init(NULL);
    if (!handle) return NULL;
    if (!mysql_real_connect(handle, server->host, server->user, server->password, server->database, server->port, NULL, 0)) {
        mysql_close(handle);
        return NULL;
    }
    distcron_bare *connection = calloc(1, sizeof *connection);
    if (connection) connection->handle = handle;
    else mysql_close(handle);
    return connection;
}

void distcron_bare_close(distcron_bare *connection) {
    mysql_close(connection->handle);
    free(connection);
}

const char *distcron_bare_error(const distcron_bare *connection) { return connection->error; }

static int failed(distcron_bare *connection, const char *text) {
    strncpy(connection->error, text, sizeof connection->error - 1);
    return 1;
}

int distcron_bare_command(distcron_bare *connection, const char *sql) {
    if (mysql_query(connection->handle, sql)) return failed(connection, mysql_error(connection->handle));
    MYSQL_RES *result = mysql_store_result(connection->handle);
    if (result) mysql_free_result(result);
    return 0;
}

int64_t distcron_bare_number(distcron_bare *connection, const char *sql) {
    int64_t number = -1;
    if (mysql_query(connection->handle, sql)) return number;
    MYSQL_RES *result = mysql_store_result(connection->handle);
    if (!result) return number;
    MYSQL_ROW row = mysql_fetch_row(result);
    if (row && row[0]) number = strtoll(row[0], NULL, 10);
    mysql_free_result(result);
    return number;
}

// Prepares a statement for so many rows.
static MYSQL_STMT *prepared(distcron_bare *connection, const char *head, const char *tuple, const char *tail, size_t rows) {
    size_t tuple_length = strlen(tuple);
    char *sql = malloc(strlen(head) + rows * (tuple_length + 1) + strlen(tail) + 1);
    char *end = stpcpy(sql, head);
    for (size_t row = 0; row < rows; row++) {
        if (row) *end++ = ',';
        end = stpcpy(end, tuple);
    }
    end = stpcpy(end, tail);
    MYSQL_STMT *statement = mysql_stmt_init(connection->handle);
    if (mysql_stmt_prepare(statement, sql, (unsigned long)(end - sql))) {
        failed(connection, mysql_stmt_error(statement));
        mysql_stmt_close(statement);
        statement = NULL;
    }
    free(sql);
    return statement;
}

static void bind_row(MYSQL_BIND *binds, const distcron_bare_column *columns, unsigned count, size_t row) {
    for (unsigned index = 0; index < count; index++) {
        const distcron_bare_column *column = &columns[index];
        MYSQL_BIND *bind = &binds[index];
        if (column->numbers) {
            bind->buffer_type = MYSQL_TYPE_LONGLONG;
            bind->buffer = (void *)&column->numbers[row];
        } else {
            bind->buffer_type = MYSQL_TYPE_BLOB;
            bind->buffer = (void *)(column->bytes + row * column->width);
            bind->buffer_length = column->width;
        }
    }
}

int distcron_bare_write(
    distcron_bare *connection, const char *head, const char *tuple, const char *tail,
    const distcron_bare_column *columns, unsigned column_count, size_t rows, size_t rows_per_statement
) {
    MYSQL_STMT *statement = NULL;
    MYSQL_BIND *binds = calloc(rows_per_statement * column_count, sizeof *binds);
    size_t size = 0;
    int status = binds ? 0 : failed(connection, "out of memory");
    for (size_t first = 0; !status && first < rows; first += size) {
        size_t wanted = rows - first < rows_per_statement ? rows - first : rows_per_statement;
        if (wanted != size) {
            if (statement) mysql_stmt_close(statement);
            size = wanted;
            statement = prepared(connection, head, tuple, tail, size);
        }
        if (!statement) {
            status = 1;
            break;
        }
        for (size_t row = 0; row < size; row++) bind_row(binds + row * column_count, columns, column_count, first + row);
        if (mysql_stmt_bind_param(statement, binds) || mysql_stmt_execute(statement)) {
            status = failed(connection, mysql_stmt_error(statement));
        }
    }
    if (statement) mysql_stmt_close(statement);
    free(binds);
    return status;
}

// One of many that commit single rows.
struct client {
    pthread_t thread;
    distcron_bare *connection;
    MYSQL_STMT *statement;
    pthread_barrier_t *start;
    unsigned number, commits;
    int status;
};

static void *commit_rows(void *context) {
    struct client *client = context;
    uint64_t key[2] = {0, 0};
    MYSQL_BIND bind = {0};
    bind.buffer_type = MYSQL_TYPE_BLOB;
    bind.buffer = key;
    bind.buffer_length = sizeof key;
    client->status = mysql_stmt_bind_param(client->statement, &bind);
    pthread_barrier_wait(client->start);
    for (unsigned count = 0; !client->status && count < client->commits; count++) {
        // Ascending over all clients, as identities that begin with the time are.
        key[0] = __builtin_bswap64((uint64_t)count);
        key[1] = client->number;
        client->status = mysql_stmt_execute(client->statement);
    }
    pthread_barrier_wait(client->start);
    return NULL;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

double distcron_bare_commits(const distcron_bare_server *server, const char *sql, unsigned clients, unsigned commits) {
    struct client *all = calloc(clients, sizeof *all);
    if (!all) return -1;
    pthread_barrier_t start;
    pthread_barrier_init(&start, NULL, clients + 1);
    unsigned opened = 0;
    for (; opened < clients; opened++) {
        struct client *client = &all[opened];
        client->connection = distcron_bare_open(server);
        if (!client->connection) break;
        client->statement = prepared(client->connection, sql, "", "", 0);
        if (!client->statement) break;
        client->start = &start;
        client->number = opened;
        client->commits = commits;
    }
    double rate = -1;
    if (opened == clients) {
        int status = 0;
        for (unsigned index = 0; index < clients; index++) {
            pthread_create(&all[index].thread, NULL, commit_rows, &all[index]);
        }
        pthread_barrier_wait(&start);
        double begin = seconds();
        pthread_barrier_wait(&start);
        double end = seconds();
        for (unsigned index = 0; index < clients; index++) {
            pthread_join(all[index].thread, NULL);
            status |= all[index].status;
        }
        if (!status) rate = (double)clients * commits / (end - begin);
    }
    for (unsigned index = 0; index < clients; index++) {
        if (all[index].statement) mysql_stmt_close(all[index].statement);
        if (all[index].connection) distcron_bare_close(all[index].connection);
    }
    pthread_barrier_destroy(&start);
    free(all);
    return rate;
}
#endif
