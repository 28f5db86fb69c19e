namespace ServerlessMme.Emulator;

/// <summary>The emulator could not be installed or started; the message says what to do.</summary>
internal sealed class EmulatorException(string message, Exception? inner = null) : IOException(message, inner);
