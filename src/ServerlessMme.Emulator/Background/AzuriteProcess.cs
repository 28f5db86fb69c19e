using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ServerlessMme.Emulator.Background;

/// <summary>Starts and stops an Azurite process that doesn't depend on this process or its terminal.</summary>
internal static partial class AzuriteProcess
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(10);

    /// <summary>Starts Azurite, and returns its process ID.</summary>
    /// <param name="program">Folder of <c>start.js</c>.</param>
    /// <exception cref="EmulatorException">Node.js is missing, or could not start Azurite.</exception>
    public static async Task<int> LaunchAsync(string program, StorageFolder folder, StoragePorts ports)
    {
        if (File.Exists(folder.Log))
        {
            File.Move(folder.Log, folder.PreviousLog, overwrite: true);
        }

        File.Delete(folder.StopFile);
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                Path.Combine(program, "background.js"), folder.Log,
                "--silent", "--skipApiVersionCheck", "--disableTelemetry", "--location", folder.Data,
                "--blobPort", $"{ports.Blob}", "--queuePort", $"{ports.Queue}", "--tablePort", $"{ports.Table}",
            },
        };
        start.Environment["MME_AZURITE_FOLDER"] = folder.Root;
        using var launcher = AzuriteInstall.Start(start);
        // Takes a moment. Can't be canceled, because the ID of the started process must be recorded.
        var errors = launcher.StandardError.ReadToEndAsync(CancellationToken.None);
        var line = await launcher.StandardOutput.ReadLineAsync(CancellationToken.None);
        return int.TryParse(line, CultureInfo.InvariantCulture, out var processId)
            ? processId
            : throw new EmulatorException($"Node.js could not start Azurite: {(await errors).Trim()}");
    }

    /// <summary>Waits until all services respond, and returns their ports.</summary>
    /// <param name="isRunning">Returns whether the process is still running.</param>
    /// <exception cref="EmulatorException">Azurite exited, or did not respond in time.</exception>
    public static async Task<StoragePorts> WaitUntilReadyAsync(
        StorageFolder folder, Func<bool> isRunning, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < LongestStart)
        {
            // Checked before the log is read, so the log of a process that has exited is complete.
            var runs = isRunning();
            if (ReadPorts(ReadLog(folder)) is { } ports)
            {
                if (await AnswersAsync(ports, cancellationToken))
                {
                    return ports;
                }
            }

            if (!runs)
            {
                throw new EmulatorException($"Azurite exited before it started to listen. {LogTail(folder)}");
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }

        throw new EmulatorException(
            $"Azurite did not respond within {LongestStart.TotalSeconds:0} seconds. {LogTail(folder)}");
    }

    /// <summary>Asks Azurite to exit, and kills it if it doesn't.</summary>
    /// <param name="isRunning">
    /// Returns whether the process is still running and is not another process with the same ID.
    /// </param>
    /// <returns>True if Azurite exited by itself, with all its data saved.</returns>
    public static async Task<bool> EndAsync(
        StorageFolder folder, int processId, Func<bool> isRunning, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(folder.StopFile, "", cancellationToken);
        var ended = await HasEndedAsync(isRunning, cancellationToken);
        if (!ended)
        {
            Kill(processId, isRunning);
            if (!await HasEndedAsync(isRunning, cancellationToken))
            {
                throw new EmulatorException(
                    $"Azurite (process {processId}) was killed but did not exit. End the process yourself, and then "
                    + "try again.");
            }
        }

        File.Delete(folder.StopFile);
        return ended;
    }

    /// <summary>Kills Azurite immediately. Data from the last few seconds may be lost.</summary>
    public static void Kill(int processId, Func<bool> isRunning)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            if (isRunning())
            {
                process.Kill();
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It ended just now.
        }
    }

    private static async Task<bool> HasEndedAsync(Func<bool> isRunning, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (isRunning())
        {
            if (TimeProvider.System.GetElapsedTime(start) > LongestEnd)
            {
                return false;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }

        return true;
    }

    private static async Task<bool> AnswersAsync(StoragePorts ports, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var port in new[] { ports.Blob, ports.Queue, ports.Table })
            {
                if (await StorageProbe.ServerAsync(port, LongestAnswer, cancellationToken) is null)
                {
                    return false;
                }
            }

            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static StoragePorts? ReadPorts(string log)
    {
        var ports = new Dictionary<string, int>();
        foreach (Match match in Listening().Matches(log))
        {
            ports[match.Groups["service"].Value] = int.Parse(match.Groups["port"].ValueSpan, provider: null);
        }

        return ports.TryGetValue("Blob", out var blob) && ports.TryGetValue("Queue", out var queue)
            && ports.TryGetValue("Table", out var table)
            ? new StoragePorts(blob, queue, table)
            : null;
    }

    private static string ReadLog(StorageFolder folder)
    {
        if (!File.Exists(folder.Log))
        {
            return "";
        }

        using var stream = new FileStream(
            folder.Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static string LogTail(StorageFolder folder)
    {
        const int lines = 5;
        var tail = ReadLog(folder).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(lines).ToList();
        return tail.Count == 0
            ? "Its log is empty. Check that Node.js 20 or later is installed."
            : $"The last lines of {folder.Log}:\n  {string.Join("\n  ", tail)}";
    }

    [GeneratedRegex(
        @"Azurite (?<service>Blob|Queue|Table) service is successfully listening at http://[^:]+:(?<port>\d+)\r?\n")]
    private static partial Regex Listening();
}
