/* Tries: words by their letters, and jieba's dictionary by its characters. */

#include <math.h>

#include "kernel.h"

#define MOST_LETTERS 64 /* of a dictionary's word that is kept: windows are shorter */

int64_t wd_build(Trie *trie, const uint16_t *letters, const int64_t *offsets, int64_t count, int64_t most);
int64_t wd_read(Trie *trie, const uint8_t *text, int64_t size, double total, double *weights, int64_t room, int64_t most);

static void mark(uint64_t *bits, uint64_t number) { bits[number >> 6] |= (uint64_t)1 << (number & 63); }

/* Add a word of one letter at least; return how many nodes there are then, -1: too many. */
static int64_t add(Trie *trie, const uint16_t *letters, int64_t size, int64_t number, int64_t nodes, int64_t most) {
    uint32_t *first = trie->first + letters[0];
    uint64_t *slot = 0;
    if (nodes + size > most || most > NODE) return -1;
    if (!*first) *first = (uint32_t)nodes++;
    uint32_t node = *first;
    for (int64_t at = 1; at < size; at++) {
        uint64_t key = key_of(node, letters[at]);
        if (slot) *slot |= GOES_ON;
        else *first |= GOES_ON;
        if (at == 1) mark(trie->pairs, pair_of(trie, letters[0], letters[1]));
        else mark(trie->edges, edge_of(trie, key));
        slot = slot_of(trie, key);
        if (!*slot) *slot = key << NODE_BITS | (uint64_t)nodes++;
        node = *slot & NODE;
    }
    trie->words[node & NODE] = (int32_t)number;
    if (slot) *slot |= WORD_HERE;
    else *first |= WORD_HERE;
    if (size == 2) mark(trie->twos, pair_of(trie, letters[0], letters[1]));
    if (size > 2) mark(trie->threes, three_of(trie, letters[0], letters[1], letters[2]));
    return nodes;
}

/* Fill an empty trie with words, letters[offsets[i]..offsets[i+1]), by numbers from 1; return its nodes, -1: too many. */
int64_t wd_build(Trie *trie, const uint16_t *letters, const int64_t *offsets, int64_t count, int64_t most) {
    int64_t nodes = 1;
    for (int64_t word = 0; word < count && nodes > 0; word++)
        if (offsets[word] < offsets[word + 1])
            nodes = add(trie, letters + offsets[word], offsets[word + 1] - offsets[word], word + 1, nodes, most);
    return nodes;
}

/* Return the character at `*at` of UTF-8 and go behind it; OTHER for all that are no letters of a trie. */
static uint32_t next_letter(const uint8_t *text, int64_t size, int64_t *at) {
    uint32_t code = text[(*at)++];
    int more = code < 0xC0 ? 0 : code < 0xE0 ? 1 : code < 0xF0 ? 2 : 3;
    if (more) code &= 0x3Fu >> more;
    for (; more && *at < size; more--) code = code << 6 | (text[(*at)++] & 0x3Fu);
    return code < OTHER ? code : OTHER;
}

/* Read a word to the end of its line; return how many letters it has, 0: too many, or others. */
static int64_t read_word(const uint8_t *text, int64_t size, int64_t *at, uint16_t *letters) {
    int64_t count = 0;
    int odd = 0;
    while (*at < size && text[*at] != '\n') {
        uint32_t letter = next_letter(text, size, at);
        odd |= letter == OTHER || count == MOST_LETTERS;
        if (!odd) letters[count++] = (uint16_t)letter;
    }
    ++*at;
    return odd ? 0 : count;
}

static int64_t read_count(const uint8_t *text, int64_t size, int64_t *at) {
    int64_t count = 0;
    for (; *at < size && text[*at] != '\n'; ++*at)
        if (is_digit(text[*at]) && count < INT64_MAX / 16) count = 10 * count + (text[*at] - '0');
    ++*at;
    return count;
}

/* Fill an empty trie with words and their counts, one a line by turns; `weights`: by word, logarithms of their shares.

   `total`: the logarithm of all counts. Return the number of words, -1: they are too many. */
int64_t wd_read(Trie *trie, const uint8_t *text, int64_t size, double total, double *weights, int64_t room, int64_t most) {
    int64_t nodes = 1, words = 0;
    uint16_t letters[MOST_LETTERS];
    for (int64_t at = 0; at < size;) {
        int64_t length = read_word(text, size, &at, letters), count = read_count(text, size, &at);
        if (!length || !count) continue; /* the beginning of words need be none itself */
        if (++words >= room) return -1;
        nodes = add(trie, letters, length, words, nodes, most);
        if (nodes < 0) return -1;
        weights[words] = log((double)count) - total;
    }
    return words;
}
