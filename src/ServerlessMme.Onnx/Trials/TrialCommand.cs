using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Trials;

/// <summary>How to start this program as a child that tries models.</summary>
internal sealed record TrialCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>This process's own program; null when it cannot be found.</summary>
    public static TrialCommand? OfThisProcess()
    {
        if (Environment.ProcessPath is not { } path || Assembly.GetEntryAssembly() is not { } entry)
        {
            return null;
        }

        // A program started by its own name finds its assemblies. One that contains them may have any name.
        return NameOf(path) == entry.GetName().Name || entry.Location.Length == 0
            ? new TrialCommand(path, [TrialHost.Argument])
            : OfAssembly(Path.Combine(AppContext.BaseDirectory, entry.GetName().Name + ".dll"), path);
    }

    /// <summary>A program that <c>dotnet</c> runs. Null for a custom host, as in Azure Functions.</summary>
    public static TrialCommand? OfAssembly(string assembly, string? host = null)
    {
        if (NameOf(host) != "dotnet")
        {
            var root = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..");
            host = Path.GetFullPath(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        }

        return File.Exists(host) && File.Exists(assembly)
            ? new TrialCommand(host, [assembly, TrialHost.Argument])
            : null;
    }

    // Names may have dots of their own.
    private static string? NameOf(string? program)
    {
        const string Extension = ".exe";
        var name = Path.GetFileName(program);
        return name?.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) == true ? name[..^Extension.Length] : name;
    }

    public ProcessStartInfo ToStartInfo()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // It must start fast and stay small, and it leaves no diagnostics sockets behind when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        // One heap, because glibc trims the end of no other, and the memory of a run could not be measured.
        start.Environment["MALLOC_ARENA_MAX"] = "1";
        start.Environment.Remove("DOTNET_STARTUP_HOOKS");
        return start;
    }
}
