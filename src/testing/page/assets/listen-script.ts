/** The browser's end of the connection. */
export const LISTEN_SCRIPT: string = `
/**
 * Listens to a participant. onTrack gets the remote stream, onState the state of the connection.
 * Returns { choose(participant), stats(), close() }.
 */
export async function listenTo(participant, { onTrack, onState }) {
  const pc = new RTCPeerConnection();
  let id;
  const close = () => {
    pc.close();
    removeEventListener('pagehide', close);
    if (id) fetch('/listen/' + id, { method: 'DELETE', keepalive: true }).catch(() => {});
  };
  addEventListener('pagehide', close);
  pc.addTransceiver('audio', { direction: 'recvonly' });
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
    id = answer.id;
    await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
  } catch (error) {
    close();
    throw error;
  }
  return {
    close,
    choose: (next) =>
      fetch('/listen/' + id, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ participant: next }),
      }),
    async stats() {
      let inbound, pair;
      for (const report of (await pc.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') inbound = report;
        if (report.type === 'candidate-pair' && report.nominated) pair = report;
      }
      return { inbound, pair };
    },
  };
}
`;
