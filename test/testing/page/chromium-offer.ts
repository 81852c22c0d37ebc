/** An offer as Chromium 156 writes it, shortened: audio and video to receive, and a data channel. */
export const CHROMIUM_OFFER: string = `v=0
o=- 1967542845392971531 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1 2
a=extmap-allow-mixed
a=msid-semantic: WMS
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=candidate:2051132821 1 udp 2113937151 d5cbaad0-602c-4823-8cc4-9d1491d2c53c.local 57809 typ host generation 0 network-cost 999
a=candidate:3406571329 1 udp 2113937151 192.0.2.7 55401 typ host generation 0 network-cost 999
a=ice-ufrag:NaZ2
a=ice-pwd:HC/eWgiIuK/3BgzdxWCuSEN9
a=ice-options:trickle
a=fingerprint:sha-256 f4:94:B6:36:25:68:D0:86:E4:43:19:9E:93:1D:3B:C0:20:0D:AD:0C:E5:E5:75:F9:4F:95:9F:23:29:30:F1:2B
a=setup:actpass
a=mid:0
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3/recvonly http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:9 urn:something:else
a=recvonly
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 108
c=IN IP4 0.0.0.0
a=ice-ufrag:NaZ2
a=ice-pwd:HC/eWgiIuK/3BgzdxWCuSEN9
a=fingerprint:sha-256 f4:94:B6:36:25:68:D0:86:E4:43:19:9E:93:1D:3B:C0:20:0D:AD:0C:E5:E5:75:F9:4F:95:9F:23:29:30:F1:2B
a=setup:actpass
a=mid:1
a=extmap:13 urn:3gpp:video-orientation
a=recvonly
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f
a=rtpmap:103 rtx/90000
a=fmtp:103 apt=102
a=rtpmap:108 H264/90000
a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=ice-ufrag:NaZ2
a=ice-pwd:HC/eWgiIuK/3BgzdxWCuSEN9
a=mid:2
a=sctp-port:5000
`.replaceAll('\n', '\r\n');
