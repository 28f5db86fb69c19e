namespace ServerlessMme.Onnx.Sessions;

/// <summary>Opens a model that is in use in a better way.</summary>
internal interface ISessionSource
{
    /// <summary>Changes when <see cref="OpenAsync"/> may know a better way. Cheap.</summary>
    int Version { get; }

    /// <summary>
    /// The model to use from now on; null when there is no better one. What goes wrong costs no answer: it is logged.
    /// </summary>
    /// <param name="packed">True for packed weights, which <paramref name="current"/> may not have yet.</param>
    Task<LoadedSession?> OpenAsync(LoadedSession current, bool packed, bool isPacked, CancellationToken cancellation);
}
