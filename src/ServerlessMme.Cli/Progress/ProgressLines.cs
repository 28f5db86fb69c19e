namespace ServerlessMme.Cli.Progress;

/// <summary>
/// Prints a line every few seconds until it is disposed, for output that isn't a terminal. An unchanged line is
/// repeated only once a minute, to show that the command is still running.
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

    /// <param name="text">Called for each line.</param>
    /// <param name="isImmediate">True to print the first line immediately, not after the interval.</param>
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
