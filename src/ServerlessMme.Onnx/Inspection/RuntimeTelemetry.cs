using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Inspection;

/// <summary>
/// ONNX Runtime's own telemetry. From startup it sends data about the process and the machine to Microsoft, and keeps
/// unsent data in the user's cache folder.
/// </summary>
internal static partial class RuntimeTelemetry
{
    private const string Variable = "ORT_DISABLE_TELEMETRY";

    /// <summary>
    /// Turns the telemetry off, also for child processes. Call it before the native library is loaded.
    /// </summary>
    public static void Disable()
    {
        if (Environment.GetEnvironmentVariable(Variable) == "1")
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, "1");
        if (!OperatingSystem.IsWindows())
        {
            // On these systems, native code doesn't see the variables that .NET sets.
            _ = Set(Variable, "1", 1);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Set(string name, string value, int overwrite);
}
