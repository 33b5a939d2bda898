"""The statements of the rate limit: each call takes, books or counts in one of them.

One statement holds the row's lock for as long as it runs, so processes cannot come between.
"""

from __future__ import annotations

from sqlalchemy import text

CLAIM = text(
    """
    INSERT INTO rate_limits (member_id, due, booked)
    SELECT CAST(:member_id AS VARCHAR), :now + :interval, 0 WHERE NOT EXISTS (
      SELECT 1 FROM method_blocks WHERE member_id = :member_id
      AND until > :now AND until <= :longest_block AND :methods LIKE '%,' || method || ',%')
    ON CONFLICT (member_id) DO UPDATE
      SET due = CASE WHEN rate_limits.due > :now AND rate_limits.due <= :ahead
                THEN rate_limits.due ELSE :now END + :interval,
          booked = CASE WHEN rate_limits.booked <= :ahead
                   THEN rate_limits.booked + :push ELSE 0 END
      WHERE (rate_limits.due <= :latest OR rate_limits.due > :ahead)
      AND (rate_limits.booked <= :booked OR rate_limits.booked > :ahead)
    RETURNING due
    """
)
BOOK = text(
    """
    UPDATE rate_limits
      SET booked = CASE WHEN booked > due - :tolerance OR due > :ahead
                   THEN booked ELSE due - :tolerance END + :interval
      WHERE member_id = :member_id AND booked <= :latest
      AND (due - :tolerance <= :latest OR due > :ahead)
    RETURNING booked
    """
)
FILL = text(
    """
    INSERT INTO rate_limits (member_id, due, booked) VALUES (:member_id, :due, 0)
    ON CONFLICT (member_id) DO UPDATE
      SET due = CASE WHEN rate_limits.due > :due AND rate_limits.due <= :due + :longest
                THEN rate_limits.due ELSE :due END
    """
)
BLOCK_METHOD = text(
    """
    INSERT INTO method_blocks (member_id, method, until) VALUES (:member_id, :method, :until)
    ON CONFLICT (member_id, method) DO UPDATE SET until = :until
    """
)
BLOCKED_UNTIL = text(
    "SELECT max(until) FROM method_blocks WHERE member_id = :member_id"
    " AND until > :now AND until <= :longest_block AND :methods LIKE '%,' || method || ',%'"
)
DUE = text("SELECT due, booked FROM rate_limits WHERE member_id = :member_id")
FORGET = text("DELETE FROM rate_limits WHERE member_id = :member_id")
FORGET_BLOCKS = text("DELETE FROM method_blocks WHERE member_id = :member_id")
