using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Trials;

/// <summary>
/// The parent's side of one child process. The child runs one trial at a time, and is killed if a trial exceeds a
/// limit.
/// </summary>
internal sealed partial class TrialProcess : IDisposable
{
    /// <summary>Maximum time until a new process responds, even on a busy machine.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Time that the child has to end a run by itself before it is killed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Estimated memory of the process itself. The system's limit, if there is one, is exact.</summary>
    private const long OwnBytes = 128 << 20;

    private const int KilledBySystem = 128 + 9;
    private readonly Process _process;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private string _errors = "";
    private bool _ready;
    private volatile bool _tookTooMuch;

    private TrialProcess(Process process, TimeProvider time)
    {
        _process = process;
        _time = time;
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>False after a trial was killed or left the process in an unknown state.</summary>
    public bool IsUsable { get; private set; } = true;

    public int Id => _process.Id;

    /// <summary>Starts a process. Returns null if it cannot be started.</summary>
    public static TrialProcess? TryStart(TrialCommand command, TimeProvider time)
    {
        try
        {
            return Process.Start(command.ToStartInfo()) is { } process ? new TrialProcess(process, time) : null;
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            return null;
        }
    }

    /// <summary>Tries a model.</summary>
    /// <param name="loadTimeout">Maximum time for opening the model. The limit for runs is in the request.</param>
    public async Task<TrialReport> RunAsync(
        TrialRequest request, TimeSpan loadTimeout, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = Task.CompletedTask;
        try
        {
            if (!_ready && await ReadAsync(StartTimeout, cancellationToken) is not { Step: TrialStep.Ready })
            {
                return Stop(new TrialReport(TrialEnd.NotStarted));
            }

            _ready = true;
            watching = WatchAsync(request.MemoryBytes + OwnBytes, ended.Token);
            await _process.StandardInput.WriteLineAsync(TrialJson.Line(request).AsMemory(), cancellationToken);
            await _process.StandardInput.FlushAsync(cancellationToken);
            return await FollowAsync(request, loadTimeout, cancellationToken);
        }
        catch (IOException)
        {
            return await ExplainAsync();
        }
        catch (TimeoutException)
        {
            // Timeouts of a trial's steps are handled there, so this one means that the process didn't start in time.
            return Stop(new TrialReport(TrialEnd.NotStarted));
        }
        catch (OperationCanceledException)
        {
            Stop(new TrialReport(TrialEnd.Crashed));
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await watching;
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private async Task<TrialReport> FollowAsync(
        TrialRequest request, TimeSpan loadTimeout, CancellationToken cancellationToken)
    {
        var (timeout, late) = (loadTimeout, TrialEnd.LoadTimeout);
        TrialReport? passed = null;
        while (true)
        {
            TrialMessage? message = null;
            var isLate = false;
            try
            {
                message = await ReadAsync(timeout, cancellationToken);
            }
            catch (TimeoutException)
            {
                isLate = true;
            }
            catch (IOException) when (passed is not null)
            {
                // The child died.
            }

            switch (message)
            {
                case { Step: TrialStep.Done, Report: { } report }:
                    // After a model took too much time or memory, the state of the process is unknown.
                    IsUsable = report.End is TrialEnd.Passed or TrialEnd.Refused;
                    return report;
                case { Step: TrialStep.Reopening, Report: { } report }:
                    passed = report;
                    (timeout, late) = (loadTimeout, TrialEnd.LoadTimeout);
                    break;
                case { Step: TrialStep.Loaded or TrialStep.Ran }:
                    (timeout, late) = (request.RunTimeout + Grace, TrialEnd.RunTimeout);
                    break;
                default:
                    var end = isLate ? Stop(new TrialReport(late)) : await ExplainAsync();
                    if (passed is null)
                    {
                        return end;
                    }

                    // Only the rewritten form failed.
                    await _process.WaitForExitAsync(cancellationToken);
                    OptimizedModel.DropRewritten(request.Folder!);
                    return passed;
            }
        }
    }

    /// <summary>
    /// Reads the next message. Returns null at the end of the output, or if the line isn't a message.
    /// </summary>
    /// <exception cref="TimeoutException">No message arrived in time.</exception>
    private async Task<TrialMessage?> ReadAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var line = await _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask()
            .WaitAsync(timeout, _time, cancellationToken);
        return line is null ? null : TrialJson.TryReadMessage(line);
    }

    /// <summary>Kills the process if it takes too much memory and the system doesn't prevent that.</summary>
    private async Task WatchAsync(long limit, CancellationToken ended)
    {
        try
        {
            using var timer = new PeriodicTimer(PollInterval, _time);
            while (await timer.WaitForNextTickAsync(ended))
            {
                _process.Refresh();
                if (_process.WorkingSet64 > limit)
                {
                    _tookTooMuch = true;
                    Kill();
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or InvalidOperationException)
        {
            // The trial ended, or the process did.
        }
    }

    /// <summary>Finds out why the process died.</summary>
    private async Task<TrialReport> ExplainAsync()
    {
        Stop(new TrialReport(TrialEnd.Crashed));
        await _process.WaitForExitAsync(CancellationToken.None);
        string errors;
        lock (_gate)
        {
            errors = _errors;
        }

        var end = _tookTooMuch || OutOfMemory().IsMatch(errors) ? TrialEnd.OutOfMemory
            : _process.ExitCode == KilledBySystem ? TrialEnd.KilledBySystem
            : TrialEnd.Crashed;
        return new TrialReport(end) { Detail = $"exit code {_process.ExitCode}" };
    }

    private TrialReport Stop(TrialReport report)
    {
        IsUsable = false;
        Kill();
        return report;
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // The process has already ended.
        }
    }

    private void Note(string? line)
    {
        lock (_gate)
        {
            if (_errors.Length < 4096)
            {
                _errors += line + '\n';
            }
        }
    }

    [GeneratedRegex(@"out of memory|OutOfMemory|\bbad_alloc\b|insufficient memory",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex OutOfMemory();
}
