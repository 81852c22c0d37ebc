/** The page's markup. Numbers are filled in by the script, by the `data-value` of each cell. */
export const PAGE_HTML: string = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>rxcall · loopback conference</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body>
<header>
  <h1><b>rxcall</b> loopback conference</h1>
  <span id="feed" class="chip">connecting</span>
</header>

<nav id="participants" aria-label="Participants" hidden></nav>

<main>
  <section class="card player">
    <button id="listen" type="button" aria-pressed="false" disabled>
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path class="play" d="M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8a.8.8 0 0 0-1.2.7z"/>
        <rect class="stop" x="6" y="6" width="12" height="12" rx="1.8"/>
      </svg>
      <span class="word">Listen</span>
    </button>
    <div class="who">
      <h2 id="label">Nobody is here yet</h2>
      <p id="status">Waiting for somebody to join.</p>
    </div>
    <span id="state" class="chip" data-state="none">empty</span>
    <div id="screen" hidden>
      <video id="video" playsinline muted></video>
      <p id="format"></p>
    </div>
    <canvas id="scope" role="img" aria-label="Spectrum of what is heard"></canvas>
    <div class="meter">
      <div class="bar" role="meter" aria-label="Level" aria-valuemin="-60" aria-valuemax="0"><i></i><b></b></div>
      <output id="decibels">–</output>
      <label>Volume <input id="volume" type="range" min="0" max="1" step="0.01" value="1"></label>
    </div>
    <audio id="audio"></audio>
    <p id="problem" role="alert" hidden></p>
  </section>

  <section class="plots">
    <figure class="card">
      <figcaption><h3>Lateness</h3><span class="hint">worst packet of each quarter second</span>
        <output data-value="latenessMs"></output></figcaption>
      <canvas id="lateness" role="img" aria-label="Lateness over the last minute"></canvas>
    </figure>
    <figure class="card">
      <figcaption><h3>Jitter</h3><span class="hint"><i class="key a"></i>conference <i class="key b"></i>this browser</span>
        <output data-value="jitterMs"></output></figcaption>
      <canvas id="jitter" role="img" aria-label="Jitter over the last minute"></canvas>
    </figure>
  </section>

  <section class="card numbers picture" hidden>
    <h3>Picture at the conference</h3>
    <dl>
      <div><dt>Codec</dt><dd data-value="codec"></dd></div>
      <div><dt>Frames</dt><dd data-value="frameRate"></dd></div>
      <div><dt>Bitrate</dt><dd data-value="videoBitrate"></dd></div>
      <div><dt>Packets</dt><dd data-value="videoPackets"></dd></div>
      <div><dt>Lost</dt><dd data-value="videoLost"></dd></div>
    </dl>
  </section>
  <section class="card numbers picture" hidden>
    <h3>Picture in this browser</h3>
    <dl>
      <div><dt>Frames decoded</dt><dd data-value="decoded"></dd></div>
      <div><dt>Dropped</dt><dd data-value="dropped"></dd></div>
      <div><dt>Frozen</dt><dd data-value="frozen"></dd></div>
      <div><dt>Packets</dt><dd data-value="browserVideoPackets"></dd></div>
      <div><dt>Sent again</dt><dd data-value="retransmitted"></dd></div>
      <div><dt>Sound ahead</dt><dd data-value="soundAhead"></dd></div>
    </dl>
  </section>

  <section class="card numbers">
    <h3>Sound at the conference</h3>
    <dl>
      <div><dt>Packets</dt><dd data-value="packets"></dd></div>
      <div><dt>Lost</dt><dd data-value="loss"></dd></div>
      <div><dt>Bitrate</dt><dd data-value="bitrate"></dd></div>
      <div><dt>Longest gap, 1 min</dt><dd data-value="gap"></dd></div>
      <div><dt>Clock drift</dt><dd data-value="drift"></dd></div>
      <div><dt>SRTP</dt><dd data-value="srtp"></dd></div>
    </dl>
  </section>
  <section class="card numbers">
    <h3>Sound in this browser</h3>
    <dl>
      <div><dt>Packets</dt><dd data-value="browserPackets"></dd></div>
      <div><dt>Lost</dt><dd data-value="browserLost"></dd></div>
      <div><dt>Concealed</dt><dd data-value="concealed"></dd></div>
      <div><dt>Buffered</dt><dd data-value="buffered"></dd></div>
      <div><dt>Jitter</dt><dd data-value="browserJitter"></dd></div>
      <div><dt>Round trip</dt><dd data-value="roundTrip"></dd></div>
    </dl>
  </section>
</main>
</body>
</html>
`;
