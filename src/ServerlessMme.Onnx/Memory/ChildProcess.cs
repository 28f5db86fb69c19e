using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Memory;

/// <summary>Gives this process a lower priority than its parent.</summary>
internal static partial class ChildProcess
{
    private const int ThisProcess = 0;
    private const int Niceness = 5;

    /// <summary>
    /// Lowers this process's priority. On Linux, it then gets less processor time, and is the first to be killed if
    /// memory runs out.
    /// </summary>
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
            // It then keeps its parent's priority.
        }
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int niceness);
}
