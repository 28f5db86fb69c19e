using System.Diagnostics;
using System.Globalization;

namespace ServerlessMme.Benchmarks.Memory;

/// <summary>
/// <c>mme worker</c> in a memory control group of its own, where the system permits one. Elsewhere it only knows its
/// limit, and the peak tells whether it would have kept it.
/// </summary>
internal sealed class LimitedWorker : IAsyncDisposable
{
    private readonly MemoryGroup? _group;
    private readonly Process _process;
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LimitedWorker(MemoryGroup? group, Process process)
    {
        _group = group;
        _process = process;
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data?.Contains("Memory:", StringComparison.Ordinal) == true
                || line.Data?.Contains("rror", StringComparison.Ordinal) == true)
            {
                Console.Error.WriteLine(line.Data);
            }

            if (line.Data?.Contains("Listening to", StringComparison.Ordinal) == true)
            {
                _listening.TrySetResult();
            }
        };
        process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("The worker ended."));
        process.EnableRaisingEvents = true;
        process.BeginErrorReadLine();
    }

    /// <summary>True when the system enforces the limit.</summary>
    public bool IsEnforced => _group is not null;

    /// <summary>The most that the process ever had resident, in MiB: its own memory and mapped files.</summary>
    public double PeakMiB => PeakOf(_process.Id) ?? throw new InvalidOperationException("The worker was killed.");

    /// <summary>A process's peak of resident memory in MiB; null when it has ended.</summary>
    public static double? PeakOf(int process)
    {
        const string Peak = "VmHWM:";
        try
        {
            return File.ReadLines($"/proc/{process}/status")
                .Where(line => line.StartsWith(Peak, StringComparison.Ordinal))
                .Select(line => double.Parse(line[Peak.Length..^3].Trim(), CultureInfo.InvariantCulture) / 1024)
                .Cast<double?>().SingleOrDefault();
        }
        catch (IOException)
        {
            return null;
        }
    }

    public static async Task<LimitedWorker> StartAsync(
        string mme, string connection, string folder, int limitMiB, string name)
    {
        if (!MemoryGroup.TryCreate(name, limitMiB, out var group, out var problem))
        {
            Console.Error.WriteLine($"No control group ({problem}): the limit is measured, not enforced.");
        }

        string[] arguments = [mme, "worker"];
        var start = group?.Start("dotnet", arguments) ?? new ProcessStartInfo("dotnet", arguments);
        start.RedirectStandardError = true;
        start.WorkingDirectory = folder;
        start.Environment["Mme__Storage__ConnectionString"] = connection;
        start.Environment["Mme__Artifacts__Folder"] = Path.Combine(folder, name);
        // Sweeps would label drops before their messages do.
        start.Environment["Mme__Reconcile__Interval"] = "00:00:00";
        if (group is null)
        {
            start.Environment["Mme__Memory__LimitBytes"] = $"{(long)limitMiB << 20}";
        }

        var worker = new LimitedWorker(group, Process.Start(start)!);
        await worker._listening.Task;
        return worker;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _group?.Dispose();
    }
}
