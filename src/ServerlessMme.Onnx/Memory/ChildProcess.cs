using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Memory;

/// <summary>Makes this process matter less to the system than its parent.</summary>
internal static partial class ChildProcess
{
    private const int ThisProcess = 0;
    private const int Niceness = 5;

    /// <summary>It gets less of the processor, and is the first to be killed when memory runs out. On Linux.</summary>
    public static void GiveWay()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        _ = SetPriority(0, ThisProcess, Niceness);
        try
        {
            File.WriteAllText("/proc/self/oom_score_adj", "1000");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Then it counts as much as its parent.
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);
}
