using Microsoft.Extensions.Logging;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Core.Models.Cache;

/// <summary>The cache's log events. Their ids are stable.</summary>
internal static partial class ModelCacheLog
{
    [LoggerMessage(1101, LogLevel.Debug, "Model {Model}: version {Version} was loaded")]
    public static partial void ModelLoaded(this ILogger logger, ModelName model, string version);

    [LoggerMessage(1102, LogLevel.Debug, "Model {Model}: version {Version} was unloaded ({Reason})")]
    public static partial void ModelUnloaded(
        this ILogger logger, ModelName model, string version, UnloadReason reason);

    [LoggerMessage(1103, LogLevel.Warning, "Model {Model}: version {Version} was refused with {Code}: {Reason}")]
    public static partial void ModelRefused(
        this ILogger logger, ModelName model, string version, ErrorCode code, string reason);

    [LoggerMessage(1104, LogLevel.Warning, "Model {Model}: version {Version} could not be loaded")]
    public static partial void LoadFailed(this ILogger logger, Exception exception, ModelName model, string version);

    [LoggerMessage(1105, LogLevel.Error, "Model {Model}: version {Version} could not be disposed")]
    public static partial void DisposeFailed(this ILogger logger, Exception exception, ModelName model, string version);

    [LoggerMessage(1107, LogLevel.Warning, "Model {Model} could not be preloaded: {Reason}")]
    public static partial void PreloadRefused(this ILogger logger, ModelName model, string reason);

    [LoggerMessage(1108, LogLevel.Warning, "Model {Model} could not be preloaded")]
    public static partial void PreloadFailed(this ILogger logger, Exception exception, ModelName model);
}
