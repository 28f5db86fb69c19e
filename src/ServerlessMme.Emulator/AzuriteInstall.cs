using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace ServerlessMme.Emulator;

/// <summary>
/// Installs Azurite with npm from the lock file in this assembly, once per user and lock file. Safe to use from
/// several processes.
/// </summary>
internal static class AzuriteInstall
{
    private const string NodeMissing = "The storage emulator needs Node.js 20 or later and npm, but one of them was "
        + "not found. Install both (Debian: apt-get install nodejs npm; otherwise https://nodejs.org), and then try "
        + "again.";

    private static readonly string[] Files = ["package.json", "package-lock.json", "start.js", "background.js"];

    /// <summary>Installs Azurite if needed, and returns the folder of <c>start.js</c>.</summary>
    /// <exception cref="EmulatorException">Node.js is missing, or npm failed.</exception>
    public static async Task<string> EnsureAsync(Action<string> report, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(UserFolder.FullPath, $"azurite-{Key()}");
        var marker = Path.Combine(folder, ".installed");
        if (File.Exists(marker))
        {
            return folder;
        }

        Directory.CreateDirectory(folder);
        using var only = await FileLock.AcquireAsync(Path.Combine(folder, ".lock"), cancellationToken);
        if (File.Exists(marker))
        {
            return folder;
        }

        report("Installing the storage emulator from npm (first use only) …");
        foreach (var file in Files)
        {
            await File.WriteAllBytesAsync(Path.Combine(folder, file), Read(file), cancellationToken);
        }

        await NpmAsync(folder, cancellationToken);
        await File.WriteAllTextAsync(marker, "", cancellationToken);
        return folder;
    }

    /// <summary>Starts Node.js or npm.</summary>
    /// <exception cref="EmulatorException">Node.js is missing; the message says how to install it.</exception>
    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new EmulatorException(NodeMissing, exception);
        }
    }

    private static async Task NpmAsync(string folder, CancellationToken cancellationToken)
    {
        var npm = new ProcessStartInfo(OperatingSystem.IsWindows() ? "npm.cmd" : "npm")
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            ArgumentList = { "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error" },
        };
        using var process = Start(npm);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0)
            {
                throw new EmulatorException(NpmFailure.Explain(await errors + await output));
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string Key()
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files)
        {
            sha256.AppendData(Read(file));
        }

        return Convert.ToHexStringLower(sha256.GetHashAndReset())[..12];
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(AzuriteInstall).Assembly.GetManifestResourceStream($"Emulator/{file}")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
