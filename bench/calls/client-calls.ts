import { createClient } from '../../src/calls/client.ts';
import type { GroupCall } from '../../src/calls/group-call.ts';
import { fromFile } from '../../src/sources/from-file.ts';
import { createAnswerJson } from '../../src/testing/conference/answer-json.ts';
import type { RemoteParameters } from '../../src/webrtc/types.ts';
import { connectMany } from '../connect-many.ts';
import type { Peer } from '../peer-process.ts';
import { CONNECT_AT_ONCE, type OpenCalls } from './calls.ts';
import { makeMediaFile } from './media-files.ts';

/** Whole calls of one client, in its own thread or spread over several. How late they are, their own stats would tell. */
export function openClientCalls(workers: number): OpenCalls {
  return async (peer, { n, video, profile, seconds }) => {
    const { path, remove } = await makeMediaFile(seconds, video);
    const transport = { addresses: ['127.0.0.1'], iceTimings: { preCheckDelayMs: 0 }, srtpProfiles: [profile] };
    const client = createClient({ workers, requireFfmpeg: false, transport });
    const calls = await connectMany(n, CONNECT_AT_ONCE, async (index) => {
      const call = await client.createCall(index + 1);
      await connect(call, peer.call(index), profile);
      return call;
    });
    return {
      start() {
        for (const call of calls) void call.play(fromFile(path, { video }));
      },
      stop() {
        for (const call of calls) call.stop();
        remove();
      },
      packets: () => calls.reduce((sum, call) => sum + packetsOf(call), 0),
    };
  };
}

/** Stands in for the server: the peer, behind the JSON that calls speak. */
async function connect(call: GroupCall, peer: Peer, profile: Parameters<OpenCalls>[1]['profile']): Promise<void> {
  const local = await peer.ask({ ask: 'open', iceRole: 'controlling', profile });
  const connecting = call.connect(createAnswerJson(local, {}, 'bench', 1));
  await Promise.all([connecting, peer.ask({ ask: 'connect', remote: remoteOf(call.joinPayload) })]);
}

function remoteOf(joinPayload: string): RemoteParameters {
  const { ufrag, pwd, fingerprints } = JSON.parse(joinPayload) as {
    ufrag: string;
    pwd: string;
    fingerprints: { hash: string; fingerprint: string }[];
  };
  return {
    ice: { ufrag, pwd },
    candidates: [],
    fingerprints: fingerprints.map(({ hash, fingerprint }) => ({ algorithm: hash, value: fingerprint })),
  };
}

function packetsOf(call: GroupCall): number {
  const { audio, video } = call.getStats();
  return [audio, video].reduce((sum, track) => sum + (track ? track.packetsSent + track.packetsDropped : 0), 0);
}
