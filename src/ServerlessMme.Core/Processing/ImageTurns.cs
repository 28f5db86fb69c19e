namespace ServerlessMme.Core.Processing;

/// <summary>
/// Lets requests for the same image run one after the other, so the later request finds the label of the earlier one.
/// Two messages may name the same image: one from a job, and one from a sweep that found the image while the job was
/// still uploading. Thread-safe; one per process.
/// </summary>
internal sealed class ImageTurns
{
    private readonly Dictionary<(string Model, string Image), Turn> _last = [];

    /// <summary>
    /// Waits until earlier requests for any of the images have ended. A request waits only for earlier ones, so no two
    /// requests wait for each other.
    /// </summary>
    /// <returns>The turn; disposing it ends the request.</returns>
    public async Task<IDisposable> WaitAsync(
        string model, IReadOnlyList<string> images, CancellationToken cancellationToken)
    {
        var turn = new Turn(this, model, images);
        var earlier = Task.WhenAll(Add(turn));
        try
        {
            await earlier.WaitAsync(cancellationToken);
            return turn;
        }
        catch
        {
            // Later requests wait for this turn only, so it lasts until the earlier ones have ended.
            _ = earlier.ContinueWith(static (_, ended) => ((Turn)ended!).Dispose(), turn, CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    private HashSet<Task> Add(Turn turn)
    {
        var earlier = new HashSet<Task>();
        lock (_last)
        {
            foreach (var image in turn.Images)
            {
                if (_last.TryGetValue((turn.Model, image), out var before) && before != turn)
                {
                    earlier.Add(before.Ended);
                }

                _last[(turn.Model, image)] = turn;
            }
        }

        return earlier;
    }

    private void End(Turn turn)
    {
        lock (_last)
        {
            foreach (var image in turn.Images)
            {
                if (_last.GetValueOrDefault((turn.Model, image)) == turn)
                {
                    _last.Remove((turn.Model, image));
                }
            }
        }
    }

    private sealed class Turn(ImageTurns turns, string model, IReadOnlyList<string> images) : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string Model => model;

        public IReadOnlyList<string> Images => images;

        public Task Ended => _ended.Task;

        public void Dispose()
        {
            turns.End(this);
            _ended.TrySetResult();
        }
    }
}
