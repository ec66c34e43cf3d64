# SPDX-License-Identifier: MIT
# http: the reader of answers, whole and at every split
# shellcheck shell=sh disable=SC2154

answer()
{
    printf "$@" >"$work/answer"
}
answer 'HTTP/1.1 200 OK\r\nContent-Type: Application/PKCS7-Mime; smime-type=certs-only\r\nDate: Sat, 21 Nov 2026 05:00:00 GMT\r\nContent-Length: 5\r\n\r\nhellomore'
says "http: an answer with a length is accepted" 0 'body bytes *5' http "$work/answer"
says "http: what lies behind it is counted" 0 'bytes behind *4' http "$work/answer"
says "http: every split says the same" 0 'of them different *0' http --split "$work/answer"
json "http: --json, accepted" 0 http --split "$work/answer"
answer 'HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nImprint-Error: TOKEN\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'
says "http: a status is no refusal of the reader's" 0 'retry after s *120' http --split "$work/answer"
answer 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'
says "http: bare line feeds are refused" 1 HTTP_MALFORMED http --split "$work/answer"
answer 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'
json "http: --json, refused" 1 http --split "$work/answer"
answer 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'
says "http: a cut body is refused" 1 HTTP_TRUNCATED http --split "$work/answer"
says "http: nothing is refused" 1 HTTP_TRUNCATED http --split /dev/null
says "http: a file that is not there" 2 'No such file' http "$work/nothing"
