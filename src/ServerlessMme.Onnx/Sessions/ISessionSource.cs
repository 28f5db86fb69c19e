namespace ServerlessMme.Onnx.Sessions;

/// <summary>Opens a model that is in use again, in a better form.</summary>
internal interface ISessionSource
{
    /// <summary>Changes when <see cref="OpenAsync"/> may have a better form. Cheap.</summary>
    int Version { get; }

    /// <summary>
    /// The model to use from now on; null when there is no better one. Failures are logged and cost no answer.
    /// </summary>
    Task<LoadedSession?> OpenAsync(LoadedSession current, CancellationToken cancellation);
}
