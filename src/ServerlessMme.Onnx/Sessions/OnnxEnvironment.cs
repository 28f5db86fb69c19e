using Microsoft.ML.OnnxRuntime;
using ServerlessMme.Onnx.Inspection;
using ServerlessMme.Onnx.Memory;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>
/// ONNX Runtime's environment, which exists once per process and has one thread pool for all sessions. It must be
/// configured before anything else uses the runtime, and cannot be changed afterwards. Thread-safe.
/// </summary>
internal static class OnnxEnvironment
{
    private static readonly Lock Gate = new();
    private static int _intraOpThreads;

    /// <summary>Loads the native library and looks up its functions, without starting the runtime.</summary>
    public static void LoadLibrary()
    {
        RuntimeTelemetry.Disable();
        try
        {
            using var threads = new OrtThreadingOptions();
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            // Starting the runtime fails in the same way, and reports the failure to the caller.
        }
    }

    /// <summary>Starts the runtime, or checks that it was started with the same number of threads.</summary>
    /// <exception cref="InvalidOperationException">The runtime is already running with other settings.</exception>
    /// <param name="limitBytes">The process's memory limit, in bytes.</param>
    public static void Start(int intraOpThreads, long limitBytes = long.MaxValue)
    {
        lock (Gate)
        {
            if (_intraOpThreads == 0)
            {
                Create(intraOpThreads, limitBytes);
            }
            else if (_intraOpThreads != intraOpThreads)
            {
                throw new InvalidOperationException("ONNX Runtime was started with "
                    + $"{Plural.Of(_intraOpThreads, "thread")} per run and cannot change to {intraOpThreads}. Use the "
                    + "same value of Mme:Onnx:IntraOpThreads in the whole process.");
            }
        }
    }

    private static void Create(int intraOpThreads, long limitBytes)
    {
        if (OrtEnv.IsCreated)
        {
            throw new InvalidOperationException("ONNX Runtime was used before its thread pool was configured. "
                + "Create the OnnxBackendFactory before anything else uses ONNX Runtime.");
        }

        RuntimeTelemetry.Disable();
        NativeHeap.Tune(limitBytes);
        using var threads = new OrtThreadingOptions
        {
            GlobalIntraOpNumThreads = intraOpThreads,
            GlobalInterOpNumThreads = 1,
            // Spinning threads take processor time that other images need.
            GlobalSpinControl = false,
        };
        // Failures are thrown as exceptions. The runtime's own lines on standard error would only repeat them.
        var options = new EnvironmentCreationOptions
        {
            logId = "mme",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            threadOptions = threads,
        };
        OrtEnv.CreateInstanceWithOptions(ref options);
        OrtEnv.Instance().DisableTelemetryEvents();
        _intraOpThreads = intraOpThreads;
    }
}
