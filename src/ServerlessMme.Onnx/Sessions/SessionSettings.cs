using Microsoft.ML.OnnxRuntime;

namespace ServerlessMme.Onnx.Sessions;

/// <summary>The settings that every session has in common.</summary>
internal static class SessionSettings
{
    /// <summary>
    /// The shared thread pool, and no arena: an arena grows to its model's peak and keeps it, once for each warm model.
    /// </summary>
    public static SessionOptions Create(GraphOptimizationLevel level, bool prePack)
    {
        var options = new SessionOptions
        {
            GraphOptimizationLevel = level,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.DisablePerSessionThreads();
        if (!prePack)
        {
            options.AddSessionConfigEntry("session.disable_prepacking", "1");
        }

        return options;
    }
}
