import type { Observable } from 'rxjs';
import { MediaSource, type OpenRequest } from '../core/media-source.ts';
import type { Sample } from '../core/sample.ts';

/** Opens a {@link MediaSource} as asked; any other Observable has one way to be opened, and that is to subscribe. */
export function openSource(source: Observable<Sample>, request: OpenRequest): Observable<Sample> {
  return source instanceof MediaSource ? source.open(request) : source;
}
