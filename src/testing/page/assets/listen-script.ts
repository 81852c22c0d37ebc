/** The browser's end of the connection. */
export const LISTEN_SCRIPT: string = `
/**
 * How long sound and picture are kept before they are played. A browser keeps each as short as it dares, and takes ten
 * seconds to find out that the picture is ahead of the sound. Kept equally long, lips match from the beginning; 30 ms is
 * what sound spends in the output device.
 */
const BUFFERED_MS = { audio: 200, video: 230 };

/**
 * Listens to a participant, and watches. onTrack gets the remote stream, onState the state of the connection.
 * Returns { codec, choose(participant), stats(), close() }; codec is that of the pictures it can show.
 */
export async function listenTo(participant, { onTrack, onState }) {
  const pc = new RTCPeerConnection();
  let id, codec;
  const close = () => {
    pc.close();
    removeEventListener('pagehide', close);
    if (id) fetch('/listen/' + id, { method: 'DELETE', keepalive: true }).catch(() => {});
  };
  addEventListener('pagehide', close);
  for (const [kind, bufferedMs] of Object.entries(BUFFERED_MS)) {
    const { receiver } = pc.addTransceiver(kind, { direction: 'recvonly' });
    receiver.jitterBufferTarget = bufferedMs;
  }
  pc.ontrack = ({ track, streams }) => onTrack(track.kind, streams[0] ?? new MediaStream([track]));
  pc.onconnectionstatechange = () => onState(pc.connectionState);
  try {
    const offer = await pc.createOffer();
    // A browser plays Opus in mono unless its own description says stereo.
    const sdp = offer.sdp.replace(/(a=fmtp:\\d+ [^\\r\\n]*useinbandfec=1)(?![^\\r\\n]*stereo)/g, '$1;stereo=1');
    await pc.setLocalDescription({ type: 'offer', sdp });
    const response = await fetch('/listen', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sdp: pc.localDescription.sdp, participant }),
    });
    if (!response.ok) throw new Error(await response.text());
    const answer = await response.json();
    ({ id, codec } = answer);
    await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
  } catch (error) {
    close();
    throw error;
  }
  return {
    codec,
    close,
    choose: (next) =>
      fetch('/listen/' + id, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ participant: next }),
      }),
    async stats() {
      let audio, video, pair;
      for (const report of (await pc.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') audio = report;
        if (report.type === 'inbound-rtp' && report.kind === 'video') video = report;
        if (report.type === 'candidate-pair' && report.nominated) pair = report;
      }
      return { audio, video, pair };
    },
  };
}
`;
