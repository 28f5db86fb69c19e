namespace ServerlessMme.Cli.Progress;

/// <summary>
/// Prints a line every few seconds until it is disposed, for output that is no terminal. A line that did not change is
/// repeated once a minute, which shows that the command still runs.
/// </summary>
internal sealed class ProgressLines : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Repeated = TimeSpan.FromMinutes(1);

    private readonly Func<string> _text;
    private readonly TextWriter _writer;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private string? _last;
    private long _printed;
    private bool _isOver;

    /// <param name="text">Is called for each line.</param>
    /// <param name="isImmediate">Print the first line at once, not after the interval.</param>
    public ProgressLines(Func<string> text, TextWriter writer, TimeProvider time, bool isImmediate = false)
    {
        _text = text;
        _writer = writer;
        _time = time;
        if (isImmediate)
        {
            Print();
        }

        _timer = time.CreateTimer(_ => Print(), null, Interval, Interval);
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        _timer.Dispose();
    }

    private void Print()
    {
        lock (_lock)
        {
            var text = _text();
            if (_isOver || (text == _last && _time.GetElapsedTime(_printed) < Repeated))
            {
                return;
            }

            _writer.WriteLine(text);
            _last = text;
            _printed = _time.GetTimestamp();
        }
    }
}
