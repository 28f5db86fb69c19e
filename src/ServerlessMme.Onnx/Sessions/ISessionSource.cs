namespace ServerlessMme.Onnx.Sessions;

/// <summary>Opens a model that is in use in a better way.</summary>
internal interface ISessionSource
{
    /// <summary>Changes when <see cref="OpenAsync"/> may know a better way. Cheap.</summary>
    int Version { get; }

    /// <summary>
    /// The model to use from now on; null when there is no better one. What goes wrong costs no answer: it is logged.
    /// </summary>
    Task<LoadedSession?> OpenAsync(LoadedSession current, CancellationToken cancellation);
}
