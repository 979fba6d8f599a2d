"""The journal: every acknowledged request, in the order in which it was made durable.

A directory of segment files. A segment is named by the position of its first byte, twenty digits and
`.journal`; the position of a byte is its offset in that file plus the file's name. So a position counts
bytes over all segments, names one place for ever, and needs no index.

    journal/
      00000000000000000000.journal      records 0 … 67,120,001
      00000000000067120001.journal      records 67,120,001 …
      00000000000067120001.1.broken     bytes that a repair cut off, kept for people
      durable                           position up to which everything is on disk

A segment is nothing but records, one after another:

    | magic 4 "CXJ1" | length u32 | crc u32 | body_crc u32 | signal u8 | 0 0 0 | received_at u64 | body … |

Numbers are little-endian. `length` and `body_crc` (CRC-32) are those of the body. `crc` is a CRC-32 over the record's
*position* and the other header fields: a record that was copied, or left over in a reused file, is not valid anywhere else,
and no length is believed, no body looked at, before its header is proven.
`received_at` is Unix time in nanoseconds, bookkeeping only: order is position, never time.

What holds:

- `append` returns after `fdatasync` of the record (and `fsync` of the directory for a new segment). One
  sync serves every request that waits at that moment.
- A reader sees nothing that is not durable: `durable` is written after the sync and says how far. A record that was
  written but not synced may be lost with the power, and its position used again; nobody has read it by then.
- Opening for writing cuts a torn tail back to the last whole record, and keeps the cut bytes in a `.broken` file.
- A damaged record in the middle is skipped to the next valid one, and reported (`reader.Damage`). So is a file that is gone,
  and an acknowledged tail that is: `durable` says how far it went, and the next record goes behind the gap.
- The first error of a sync is final: the writer refuses everything after it (`JournalFailed`), since a second
  sync may report success for pages that were lost. A full disk is not final: the half-written record is cut off, the caller
  is told (`JournalFull`), the next append tries again.
- Nothing is removed: the journal keeps every segment for now.
"""
